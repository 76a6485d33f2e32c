#!/bin/sh
# Makes the secrets of compose.yaml: random, in files that only you can read. Existing ones are kept.
#
#   sh deploy/make-secrets.sh [folder]        (default: deploy/secrets, which git ignores)
set -eu
folder="${1:-$(dirname "$0")/secrets}"
umask 077
mkdir -p "$folder"

random() {
    # 32 bytes as letters and digits: safe in an address without quoting.
    od -An -N32 -tx1 /dev/urandom | tr -d ' \n'
}

keep_or_make() {
    if [ -s "$folder/$1" ]; then
        echo "giữ nguyên / kept: $folder/$1"
    else
        printf '%s' "$2" > "$folder/$1"
        echo "đã tạo / made:     $folder/$1"
    fi
}

keep_or_make postgres_admin_password "$(random)"
keep_or_make postgres_password "$(random)"
keep_or_make database_url "postgresql://lienthong:$(cat "$folder/postgres_password")@postgres:5432/lienthong"
# Compose mounts secret files as they are; the image reads them as user 10001.
chmod 0644 "$folder"/postgres_admin_password "$folder"/postgres_password "$folder"/database_url
chmod 0700 "$folder"
