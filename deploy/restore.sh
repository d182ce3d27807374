#!/bin/sh
# shellcheck disable=SC2016 # the single quotes are meant: the container expands what is in them
# Brings PostgreSQL of a deployment back to a backup, and lets the services find their way from there.
#
#   deploy/restore.sh [--vault] TIME [compose options]      TIME as backup.sh printed it; `list` shows what there is
#
# Kafka stays as it is: each service starts from the offsets of its own database, first learns from its own topics what
# it has said since, and says nothing twice. The vault stays too where it is still there, because its newest keys are in
# no backup: with --vault it goes back as well, and what was sealed since can be opened by nobody. What was erased since
# the backup is erased again before any service starts.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
vault=
[ "${1:-}" != --vault ] || { vault=yes; shift; }
[ $# -gt 0 ] || { sed -n '3,11s/^# \{0,1\}//p' "$0" >&2; exit 2; }
time=$1
shift
# COMPOSE_FILE names the files where there are more than one.
dc() { COMPOSE_FILE=${COMPOSE_FILE:-$here/docker-compose.yml} docker compose "$@"; }
# shellcheck disable=SC2086
container=$(dc "$@" ps -q postgres </dev/null)
[ -n "$container" ] || { echo "restore.sh: PostgreSQL does not run" >&2; exit 1; }
volume=$(docker inspect -f '{{range .Mounts}}{{if eq .Destination "/var/lib/postgresql/data"}}{{.Name}}{{end}}{{end}}' "$container")
image=$(docker inspect -f '{{.Config.Image}}' "$container")
network=$(docker inspect -f '{{range $name, $_ := .NetworkSettings.Networks}}{{$name}} {{end}}' "$container" | cut -d' ' -f1)
secrets=${SECRETS:-$here/secrets}
in_postgres() {
    docker run --rm --network "$network" --cap-drop ALL --cap-add DAC_OVERRIDE --security-opt no-new-privileges:true --read-only \
        --tmpfs /tmp -v "${volume%_postgres}_backups:/backups:ro" -v "$secrets/postgres-superuser:/password:ro" \
        -e TIME="$time" -e VAULT="$vault" --entrypoint bash "$image" -euc "PGPASSWORD=\$(cat /password); export PGPASSWORD; cd /backups; $1" </dev/null
}
if [ "$time" = list ]; then
    in_postgres 'ls -1 | sed -n "s/\.done$//p"'
    exit
fi
in_postgres 'for part in done freshwater freshwater_vault; do
    test -e "$TIME.$part" || { echo "there is no $TIME.$part: \`restore.sh list\` shows what there is" >&2; exit 1; }; done'
dc "$@" stop -t 30 intake matching escalation notify desk books watch
in_postgres 'there=$(psql -h postgres -U postgres -Atc "SELECT 1 FROM pg_database WHERE datname = '"'freshwater_vault'"'")
    for database in freshwater freshwater_vault; do
        if [ $database = freshwater_vault ] && [ -n "$there" ] && [ -z "$VAULT" ]; then echo "the vault stays" >&2; continue; fi
        dropdb -h postgres -U postgres --force --if-exists "$database"
        createdb -h postgres -U postgres "$database"
        pg_restore -h postgres -U postgres -d "$database" --exit-on-error "$TIME.$database"
    done'
dc "$@" run --rm -T databases </dev/null
# What the books remember is of another history now.
dc "$@" run --rm -T --no-deps --entrypoint rm books -rf /var/lib/freshwater/data/books </dev/null
dc "$@" run --rm -T --no-deps intake python -m services.intake erasures </dev/null
# As they were, scaled or not; `compose start` would run the one-shot containers again.
dc "$@" ps -aq intake matching escalation notify desk books watch </dev/null | xargs docker start >/dev/null
echo "restored $time; now: docker compose exec books freshwater books --full"
