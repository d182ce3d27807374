#!/bin/sh
# Backs up PostgreSQL of a running deployment into its volume `backups`; nothing stops for it.
#
#   deploy/backup.sh [compose options, for example -p other]
#
# The vault comes last and goes first: a household's key is in no backup that is older than KEEP_VAULT_DAYS (7), so that
# what was erased is erased everywhere by then. The rest is kept KEEP_DAYS (30). One file <time>.done says that all of a
# backup is there. Prints its name.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
time=$(date -u +%Y%m%dT%H%M%SZ)
# COMPOSE_FILE names the files where there are more than one.
dc() { COMPOSE_FILE=${COMPOSE_FILE:-$here/docker-compose.yml} docker compose "$@"; }
# shellcheck disable=SC2086
container=$(dc "$@" ps -q postgres </dev/null)
[ -n "$container" ] || { echo "backup.sh: PostgreSQL does not run" >&2; exit 1; }
volume=$(docker inspect -f '{{range .Mounts}}{{if eq .Destination "/var/lib/postgresql/data"}}{{.Name}}{{end}}{{end}}' "$container")
image=$(docker inspect -f '{{.Config.Image}}' "$container")
network=$(docker inspect -f '{{range $name, $_ := .NetworkSettings.Networks}}{{$name}} {{end}}' "$container" | cut -d' ' -f1)
secrets=${SECRETS:-$here/secrets}
docker run --rm --network "$network" --cap-drop ALL --cap-add DAC_OVERRIDE --security-opt no-new-privileges:true --read-only --tmpfs /tmp \
    -v "${volume%_postgres}_backups:/backups" -v "$secrets/postgres-superuser:/password:ro" \
    -e TIME="$time" -e KEEP_DAYS="${KEEP_DAYS:-30}" -e KEEP_VAULT_DAYS="${KEEP_VAULT_DAYS:-7}" \
    --entrypoint bash "$image" -euc '
        PGPASSWORD=$(cat /password); export PGPASSWORD
        cd /backups
        for database in freshwater freshwater_vault; do
            pg_dump -h postgres -U postgres -Fc -f "$TIME.$database.part" "$database"
            mv "$TIME.$database.part" "$TIME.$database"
        done
        touch "$TIME.done"
        find . -name "*.freshwater_vault" -mtime +"$KEEP_VAULT_DAYS" -delete
        find . -mindepth 1 -maxdepth 1 -mtime +"$KEEP_DAYS" -delete
    ' </dev/null
echo "$time"
