#!/bin/sh
# Makes one file with everything that a server without internet needs: wheels by hash, the hub itself, its source,
# deploy/ and docs/, and on wish Kafka's jars for `lienthong kafka`.
#
#   make bundle                 or: sh deploy/bundle/make.sh [--with-kafka] [folder, default dist]
#
# Run it on a machine with the same system (glibc, processor) and the same Python (3.x) as the server's; wheels of
# another Python don't install, and install.sh says so. PYTHON names the interpreter.
set -eu
cd "$(dirname "$0")/../.."
python="${PYTHON:-python3}"
kafka=no lock=requirements.lock
[ "${1:-}" = "--with-kafka" ] && { kafka=yes lock=requirements-kafka.lock; shift; }
out="$(mkdir -p "${1:-dist}" && cd "${1:-dist}" && pwd)"
version="$(sed -n 's/^version = "\(.*\)"$/\1/p' pyproject.toml)"
tag="$("$python" -c 'import platform, sys; print(f"py{sys.version_info[0]}{sys.version_info[1]}-{platform.machine()}")')"
name="lienthong-$version-offline-$tag"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/$name/wheels"

echo "1/4 thư viện / libraries …"
# The pip that is there, which may be a new one, three times as quick; else one of an environment made for it.
tools="$python"
"$python" -m pip --version > /dev/null 2>&1 || { "$python" -m venv "$work/pip"; tools="$work/pip/bin/python"; }
# Lines of options name folders of the machine that made the lock; names, versions and hashes are what counts.
grep -v '^--' "$lock" > "$work/$name/requirements.lock"
"$tools" -m pip download --quiet --disable-pip-version-check --require-hashes --no-deps --only-binary :all: \
    --dest "$work/$name/wheels" -r "$work/$name/requirements.lock"

echo "2/4 Liên Thông $version …"
"$tools" -m pip wheel --quiet --disable-pip-version-check --no-deps --no-index --find-links "$work/$name/wheels" \
    --wheel-dir "$work/$name/wheels" .
if git rev-parse --verify --quiet HEAD > /dev/null 2>&1; then
    git archive --format=tar --prefix="lienthong-$version/" HEAD | gzip -9n > "$work/$name/lienthong-$version-source.tar.gz"
    git rev-parse HEAD > "$work/$name/COMMIT"
fi
cp -R deploy docs "$work/$name/"
rm -rf "$work/$name/deploy/secrets" "$work/$name/deploy/.env"
find "$work/$name" -name __pycache__ -prune -exec rm -rf {} +
mv "$work/$name/deploy/bundle/install.sh" "$work/$name/install.sh"

echo "3/4 Kafka: $kafka"
if [ "$kafka" = yes ]; then
    "$python" -m venv "$work/tools"
    "$work/tools/bin/pip" install --quiet --disable-pip-version-check --no-index --find-links "$work/$name/wheels" \
        --no-deps -r "$work/$name/requirements.lock"
    LIENTHONG_CACHE="$work/$name/cache" PYTHONPATH=. "$work/tools/bin/python" -c \
        'from lienthong.embedded.kafka.jars import fetched_jars; print(len(fetched_jars()), "jars")'
fi

echo "4/4 đóng gói / packing …"
(cd "$work/$name" && find . -type f ! -name SHA256SUMS -print0 | LC_ALL=C sort -z | xargs -0 sha256sum > SHA256SUMS)
# Wheels and jars are compressed already: more than a quick look at them is time for nothing.
tar -C "$work" --sort=name --owner=0 --group=0 --numeric-owner --use-compress-program='gzip -1n' \
    -cf "$out/$name.tar.gz" "$name"
(cd "$out" && sha256sum "$name.tar.gz" > "$name.tar.gz.sha256")
ls -l "$out/$name.tar.gz"
cat "$out/$name.tar.gz.sha256"
