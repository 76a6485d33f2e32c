#!/bin/sh
# Says which Python to make an environment with: python3, or the system's own where python3 was compiled plainly.
#
# Who compiles Python (pyenv does) mostly leaves out its profile-guided optimisation, which distributions never do. On
# the machine where this was measured everything took half as much processor time again with such a Python.
set -eu

compiled_plainly() {
    "$1" -c 'import sys, sysconfig
sys.exit("--enable-optimizations" in (sysconfig.get_config_var("CONFIG_ARGS") or ""))' 2> /dev/null
}

makes_environments() {
    "$1" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2> /dev/null
}

system="${SYSTEM_PYTHON:-/usr/bin/python3}"
if compiled_plainly python3 && makes_environments "$system"; then
    echo "$system"
else
    echo python3
fi
