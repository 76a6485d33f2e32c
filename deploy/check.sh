#!/bin/sh
# Checks deploy/ with the tools of others: Dockerfile (hadolint), compose.yaml (the specification's schema, and
# compose-lint), Kubernetes (the schemas of its versions, kustomize), systemd (verify, and how exposed units are).
#
#   sh deploy/check.sh [folder for the tools]
#
# What it can't do is run them: that takes a Docker engine and a cluster.
set -eu
cd "$(dirname "$0")/.."
tools="${1:-build/deploy-tools}"
[ -x "$tools/bin/hadolint" ] || {
    python3 -m venv "$tools"
    "$tools/bin/pip" install --quiet --disable-pip-version-check -r deploy/check-requirements.txt
}

echo "== Dockerfile"
"$tools/bin/hadolint" deploy/Dockerfile
echo "== compose.yaml"
"$tools/bin/check-jsonschema" --builtin-schema vendor.compose-spec deploy/compose.yaml
"$tools/bin/compose-lint" --fail-on high deploy/compose.yaml | tail -n 2
echo "== kubernetes"
"$tools/bin/kubernetes-validate" --strict --quiet -k 1.32 deploy/kubernetes/[!k]*.yaml
if command -v kubectl > /dev/null; then
    rendered="$(mktemp)"
    kubectl kustomize deploy/kubernetes > "$rendered"
    "$tools/bin/kubernetes-validate" --strict --quiet -k 1.32 "$rendered"
    rm "$rendered"
else
    echo "bỏ qua / skipped: kustomize (kubectl is not on this machine)"
fi
echo "== systemd"
if command -v systemd-analyze > /dev/null; then
    units="$(mktemp -d)"
    cp deploy/systemd/* "$units"
    printf '#!/bin/sh\n' > "$units/lienthong"
    chmod +x "$units/lienthong"
    sed -i "s#/opt/lienthong/bin/lienthong#$units/lienthong#" "$units"/*.service
    (cd "$units" && systemd-analyze verify --man=no ./lienthong.target ./lienthong.service ./lienthong-http@8080.service \
        ./lienthong-aggregate@1.service ./lienthong-export.service ./lienthong-migrate.service \
        ./lienthong-backup.service ./lienthong-backup.timer)
    for unit in "$units"/lienthong*.service; do
        case "$unit" in *@.service) continue ;; esac
        systemd-analyze security --offline=yes --threshold=25 "$unit" | tail -n 1
    done
    rm -r "$units"
else
    echo "bỏ qua / skipped: systemd-analyze is not on this machine"
fi
echo "deploy/: đạt / passed"
