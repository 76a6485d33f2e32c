#!/bin/sh
# Installs Liên Thông from this folder alone, without any network.
#
#   sh install.sh [prefix, default /opt/lienthong]
#
# Compare first the sha256 of the file you received with the one you were told by another way.
set -eu
here="$(cd "$(dirname "$0")" && pwd)"
prefix="${1:-/opt/lienthong}"
python="${PYTHON:-python3}"

echo "Kiểm tra các tệp … / checking the files"
(cd "$here" && sha256sum --check --quiet SHA256SUMS)

"$python" - <<'PY'
import sys
if sys.version_info < (3, 11):
    sys.exit(f"Cần Python 3.11 trở lên, máy này có {sys.version.split()[0]}. / Python 3.11 or later is needed.")
PY

[ -x "$prefix/bin/python" ] || "$python" -m venv "$prefix"
# --no-index: pip asks nobody. --require-hashes: it installs exactly the files of the lock.
if ! "$prefix/bin/pip" install --quiet --disable-pip-version-check --no-index --find-links "$here/wheels" \
    --require-hashes --no-deps --only-binary :all: -r "$here/requirements.lock"; then
    echo "Gói này không dành cho Python hoặc bộ xử lý của máy này (xem tên tệp). /" >&2
    echo "The bundle is not for this machine's Python or processor: its name says which." >&2
    exit 1
fi
"$prefix/bin/pip" install --quiet --disable-pip-version-check --no-index --no-deps --force-reinstall \
    "$here"/wheels/lienthong-*.whl
"$prefix/bin/lienthong" --help > /dev/null
cat <<TEXT
Đã cài vào $prefix. / Installed.

Thử ngay / try it:        $prefix/bin/lienthong demo
Chạy thật / for real:     docs/operating.md
TEXT
if [ -d "$here/cache" ]; then
    echo "Kafka để thử / for tests: LIENTHONG_CACHE=$here/cache $prefix/bin/lienthong kafka"
fi
