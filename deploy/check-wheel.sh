#!/bin/sh
# Builds the wheel and runs the demonstration with it: an empty environment, a folder of its own, no checkout at hand.
# Fails when the wheel lacks a dependency, a schema or a template.
set -eu
cd "$(dirname "$0")/.."
python="${PYTHON:-python3}"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"  # the embedded PostgreSQL may run as another user, who has to pass through
"$python" -m venv "$work/empty"  # stays empty: what builds a wheel is in an environment of its own
"$work/empty/bin/pip" wheel --quiet --disable-pip-version-check --no-deps --wheel-dir "$work" .
echo "Cài đặt gói / installing the wheel …"
"$work/empty/bin/pip" install --quiet --disable-pip-version-check "$work"/lienthong-*.whl
mkdir "$work/here"
cd "$work/here"
env -i PATH=/usr/bin:/bin HOME="$work" LANG=C.UTF-8 LIENTHONG_PORT="${LIENTHONG_PORT:-18473}" \
    "$work/empty/bin/lienthong" demo > demo.txt 2>&1 || { tail -40 demo.txt; exit 1; }
! grep -qE 'make demo|\.venv' demo.txt || { echo "the demonstration names a checkout that is not there"; exit 1; }
grep -A2 'Kết quả' demo.txt
