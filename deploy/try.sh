#!/bin/bash
# shellcheck disable=SC2016 # the single quotes are meant: the container expands what is in them
# Tries the whole deployment from nothing and takes it away again. One line a step; exit 0 where every step held.
#
#   deploy/try.sh
#
# Uses the Docker that answers here. Where none does and ENGINE names an engine.sh (by default ../shared/engine/engine.sh
# beside the checkout), that one is brought up first and down at the end. DEMANDS (5000) come by a door; MEMBERS (3) is
# how many of matching; KEEP=1 leaves everything running. Needs root, to kill processes of containers.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$here")
ENGINE=${ENGINE:-$root/../shared/engine/engine.sh}
DEMANDS=${DEMANDS:-5000}
MEMBERS=${MEMBERS:-3}
PATIENCE=${PATIENCE:-600}
work=$(mktemp -d)
# Ports below those that a system gives to whoever asks for any.
export COMPOSE_PROJECT_NAME=freshwater-try SECRETS=$work/secrets BOOKS_SECONDS=15
export GATE_PUBLISH=127.0.0.1:28101 DESK_PUBLISH=127.0.0.1:28080 DISCLOSURE_PUBLISH=127.0.0.1:28104
export KAFKA_TLS_PUBLISH=127.0.0.1:29094 KAFKA_TLS_ADVERTISED=kafka:9094
export PROMETHEUS_PUBLISH=127.0.0.1:29090 ALERTMANAGER_PUBLISH=127.0.0.1:29093 GRAFANA_PUBLISH=127.0.0.1:23000
running=(kafka postgres intake matching escalation notify desk books watch chat prometheus alertmanager grafana)

export COMPOSE_FILE=$here/docker-compose.yml:$here/docker-compose.tls.yml
dc() { docker compose --progress quiet --ansi never "$@" </dev/null; }
ok() { printf '%5ss  ok    %s\n' "$SECONDS" "$*"; }
fail() {
    printf '%5ss  FAIL  %s\n' "$SECONDS" "$*"
    if [ -s "$work/last" ]; then tail -n 20 "$work/last"; fi
    dc ps -a 2>/dev/null || true
    dc logs --no-color --tail 15 2>/dev/null | tail -n 80 || true
    exit 1
}
check() { local what=$1; shift; "$@" >"$work/last" 2>&1 || fail "$what"; ok "$what"; }
not() { ! "$@"; }
refused() { if "$@" >"$work/last" 2>&1; then return 1; fi; grep -qE "$why" "$work/last"; }
until_true() { # until_true SECONDS WHAT COMMAND...
    local end=$((SECONDS + $1)) what=$2; shift 2
    until "$@" >"$work/last" 2>&1; do [ $SECONDS -lt $end ] || fail "$what"; sleep 2; done
    ok "$what"
}
of() { docker inspect -f "$2" "$(dc ps -aq "$1" | head -n 1)"; }
healthy() { [ "$(of "$1" '{{.State.Health.Status}}')" = healthy ]; }
began() { of "$1" '{{.State.StartedAt}}'; }
back() { [ "$(began "$1")" != "$2" ] && healthy "$1"; }

as_partner() { # as_partner NAME PASSWORD COMMAND...
    local user=partner.$1 word=$2; shift 2
    dc run --rm -T "${by_tls[@]}" -e FRESHWATER_KAFKA_USER="$user" -e FRESHWATER_KAFKA_PASSWORD="$word" operator "$@"
}
by_tls=()
# Other demands each time.
bring() { as_partner hotline "$hotline" simulate --submit-as hotline --seed "$(date +%s%N | cut -c6-15)" --demands "$@"; }
books() { dc exec -T books freshwater books --json >"$work/books.json" 2>"$work/last" || true; cat "$work/books.json"; }
field() { sed -n "s/.*\"$1\": *\"\{0,1\}\([^,\"}]*\).*/\1/p" | head -n 1; }
# Nothing in flight, nothing that differs, and at least so many demands taken.
at_rest() {
    books >/dev/null
    grep -q '"books": "balanced"' "$work/books.json" || return 1
    [ "$(grep -o '"in_flight": [0-9]*' "$work/books.json" | awk '{n += $2} END {print n + 0}')" = 0 ] || return 1
    [ "$(taken)" -ge "$1" ]
}
taken() { sed 's/"name": "demands".*//; s/.*"name": "doors"//' "$work/books.json" | grep -o '"left": [0-9]*' | head -n 1 | cut -d' ' -f2; }
copies() { field copies <"$work/books.json"; }
# Not `compose start`: that runs the one-shot containers again.
begin() { dc ps -aq "$1" | xargs docker start; }
alert() { curl -fsS "http://$ALERTMANAGER_PUBLISH/api/v2/alerts" | grep -q "\"alertname\":\"$1\""; }
asked() { curl -fsSG "http://$PROMETHEUS_PUBLISH/api/v1/query" --data-urlencode "query=$1"; }
decided_again() { asked "sum(freshwater_restored_events_total{outcome=~\"$1\"}) > 0" | grep -q '"value"'; }

engine=
finish() {
    local status=$?
    trap - EXIT
    [ -z "${load:-}" ] || kill "$load" 2>/dev/null || true
    if [ -z "${KEEP:-}" ]; then
        dc --profile operator down -v --timeout 20 >/dev/null 2>&1 || true
        [ -z "$engine" ] || "$ENGINE" down >/dev/null 2>&1 || true
        rm -rf "$work"
    fi
    exit $status
}
trap finish EXIT
trap 'exit 130' INT TERM

if ! docker info >/dev/null 2>&1; then
    [ -x "$ENGINE" ] || { echo "No Docker answers, and ENGINE names no engine.sh: nothing was tried." >&2; exit 1; }
    engine=yes
    # shellcheck disable=SC1090
    source "$("$ENGINE" up 2>"$work/last" | tail -n 1 | cut -d' ' -f2)" || fail "the engine is up"
    ok "the engine is up"
fi

# --- from nothing ----------------------------------------------------------------------------------------------------
dc --profile operator down -v --timeout 5 >/dev/null 2>&1 || true
check "the compose files are valid" dc config -q
for more in dev cluster; do
    check "the compose files are valid with $more" docker compose -f "$here/docker-compose.yml" -f "$here/docker-compose.$more.yml" config -q
done
check "the images are built" dc build
check "secrets are drawn" docker run --rm --user "$(id -u)" -e HOME=/tmp -v "$work:/work" freshwater/operator secrets init --folder /work/secrets
check "a CA and a certificate are made" "$here/certificate.sh" kafka localhost
check "everything is started" dc up -d --scale "matching=$MEMBERS"
check "everything is healthy" dc up -d --no-deps --no-recreate --scale "matching=$MEMBERS" --wait --wait-timeout "$PATIENCE" "${running[@]}"
for job in topics databases catalogue partners; do
    check "the one-shot container $job ended well" test "$(of "$job" '{{.State.ExitCode}}')" = 0
done
check "a service is not root, has no capability, cannot write" dc exec -T matching sh -c \
    'test "$(id -u)" = 10001 && grep -q "^CapEff:.*0000000000000000$" /proc/1/status && ! touch /srv/x 2>/dev/null'
check "its image holds no other service" dc exec -T matching sh -c 'test "$(ls services)" = matching && test ! -e freshwater'

# --- partners, demands, books ----------------------------------------------------------------------------------------
hotline=$(dc run --rm -T operator partner add hotline --role publisher --door --simulated --json)
key=$(field key <<<"$hotline")
hotline=$(field kafka_password <<<"$hotline")
beichen=$(dc run --rm -T operator partner add beichen --role bank --institution beichen --door --simulated --json | field kafka_password)
check "two partners have a door, a user and a password" test -n "$hotline" -a -n "$beichen"
check "$DEMANDS demands by a door with SCRAM" bring "$DEMANDS"
check "one by HTTP" curl -fsS "http://$GATE_PUBLISH/v1/demands" -H "Authorization: Bearer $key" -H "Content-Type: application/json" -d \
    '{"source_id": "by-http", "county": "620102", "sentence": "想借5万元给面馆进货", "purpose": "stock", "amount_yuan": 50000,
      "consent": {"version": "v1", "evidence": "call"}, "personal": {"phone": "13900000000", "contact_name": "示例"}}'
until_true "$PATIENCE" "the books balance at rest" at_rest "$DEMANDS"

by_tls=(-v "$SECRETS/tls/ca.pem:/tmp/ca.pem:ro" -e FRESHWATER_KAFKA=kafka:9094 -e FRESHWATER_KAFKA_SECURITY_PROTOCOL=SASL_SSL)
why='Unable to bootstrap'
check "by TLS nobody comes who does not trust our CA" refused as_partner hotline "$hotline" simulate --submit-as hotline --demands 1
by_tls+=(-e FRESHWATER_KAFKA_CA_FILE=/tmp/ca.pem)
check "50 demands by TLS" bring 50
by_tls=()

why='TopicAuthorizationFailed'
check "a partner is refused on another's door" refused as_partner beichen "$beichen" simulate --submit-as hotline --demands 1
why='invalid credentials'
check "a wrong password is refused" refused as_partner hotline wrong simulate --submit-as hotline --demands 1
why='TopicAuthorizationFailed|not authorized'
check "matching cannot write to a door" refused dc exec -T matching python -c \
    'import asyncio
from aiokafka import AIOKafkaProducer
from shared.broker import producer_options
from shared.settings import Settings
async def main():
    async with AIOKafkaProducer(**producer_options(Settings())) as producer:
        await producer.send_and_wait("freshwater.door.hotline.in.v1", b"x")
asyncio.run(main())'
why='permission denied'
check "matching's role cannot read intake's schema" refused dc exec -T matching python -c \
    'import asyncio, asyncpg
from shared.settings import Settings
async def main():
    connection = await asyncpg.connect(Settings().postgres)
    await connection.fetch("SELECT * FROM intake.journal LIMIT 1")
asyncio.run(main())'
until_true 90 "every promised metric is there, no label is without bound, every panel's query runs" \
    dc run --rm -T operator metrics --against http://prometheus:9090

# --- kill each in turn, under load -----------------------------------------------------------------------------------
bring 100000 --per-second 10 >"$work/load" 2>&1 &
load=$!
for each in "${running[@]}"; do
    before=$(began "$each")
    kill -9 "$(of "$each" '{{.State.Pid}}')"
    until_true "$PATIENCE" "$each: killed under load, restarted, healthy" back "$each" "$before"
    if ! kill -0 "$load" 2>/dev/null; then bring 100000 --per-second 10 >"$work/load" 2>&1 & load=$!; fi
done
# The load may have gone with the broker it wrote to: what it had sent is what counts.
for id in $(docker ps -q --filter label=com.docker.compose.project=freshwater-try --filter label=com.docker.compose.oneoff=True); do
    docker stop -t 20 "$id" >/dev/null
done
wait "$load" 2>/dev/null || true
load=
until_true "$PATIENCE" "the books balance after ${#running[@]} kills" at_rest "$DEMANDS"

# --- orderly stops replay nothing ------------------------------------------------------------------------------------
before=$(copies)
bring 300 --per-second 10 >"$work/load" 2>&1 &
load=$!
for each in intake matching escalation notify desk; do
    began_at=$SECONDS
    check "$each: stopped under load" dc stop -t 30 "$each"
    check "$each: within 30 s, by itself" test $((SECONDS - began_at)) -le 31 -a "$(of "$each" '{{.State.ExitCode}}')" = 0
    check "$each: started again" begin "$each"
    until_true "$PATIENCE" "$each: healthy" healthy "$each"
done
wait "$load" || fail "the load went through"
load=
until_true "$PATIENCE" "the books balance after a rolling restart" at_rest "$DEMANDS"
check "no record was written twice by it" test "$(copies)" = "$before"

# --- an upgrade under load: migrations that only add, then one service after another, old and new side by side --------
next() { VERSION=next dc "$@"; }
check "the next version's images are built" next build
bring 400 --per-second 10 >"$work/load" 2>&1 &
load=$!
check "its migrations that old code can live with" next run --rm -T databases
check "its topics and rights" next run --rm -T topics
for each in desk notify escalation matching intake; do
    before=$(began "$each")
    scale=()
    [ "$each" != matching ] || scale=(--scale "matching=$MEMBERS")
    check "$each: of the next version" next up -d --no-deps "${scale[@]}" "$each"
    until_true "$PATIENCE" "$each: healthy" back "$each" "$before"
    check "$each: by the new image" test "$(of "$each" '{{.Config.Image}}')" = "freshwater/$each:next"
done
wait "$load" || fail "the load went through"
load=
check "its other migrations, when nothing old runs" next run --rm -T databases databases apply --post
until_true "$PATIENCE" "the books balance after the upgrade" at_rest "$DEMANDS"
export VERSION=next

# --- backup and restore ----------------------------------------------------------------------------------------------
time=$("$here/backup.sh" 2>"$work/last") || fail "backed up"
ok "backed up: $time"
check "200 demands more" bring 200
until_true "$PATIENCE" "they are through" at_rest "$DEMANDS"
before=$(copies)
check "restored to before them, the vault too" "$here/restore.sh" --vault "$time"
until_true "$PATIENCE" "everything is healthy again" \
    dc up -d --no-deps --no-recreate --scale "matching=$MEMBERS" --wait --wait-timeout 60 "${running[@]}"
until_true "$PATIENCE" "the books balance after the restore" at_rest "$((DEMANDS + 200))"
check "nothing was said twice by it" test "$(copies)" = "$before"
until_true 60 "it was decided as before, event by event" decided_again same
check "and never otherwise" not decided_again 'other|gone'
check "50 demands more after it" bring 50
until_true "$PATIENCE" "the books balance" at_rest "$((DEMANDS + 250))"

# --- alerts, for real ------------------------------------------------------------------------------------------------
check "a record that cannot be read" as_partner hotline "$hotline" simulate --submit-as hotline --garbage 1
until_true "$PATIENCE" "DeadLetters is at Alertmanager" alert DeadLetters
check "escalation is stopped" dc stop -t 30 escalation
check "PostgreSQL stands still" dc pause postgres
until_true "$PATIENCE" "ServiceDown is at Alertmanager" alert ServiceDown
until_true "$PATIENCE" "SweeperSilent is at Alertmanager" alert SweeperSilent
check "PostgreSQL goes on" dc unpause postgres
check "escalation is started" begin escalation
check "the relay has said them" sh -c "docker logs $(dc ps -q chat) 2>&1 | grep -q ServiceDown"
check "Grafana's dashboards are provisioned" curl -fsS -u "admin:$(cat "$SECRETS/grafana-admin")" \
    "http://$GRAFANA_PUBLISH/api/dashboards/uid/freshwater-path"

# --- and nothing left ------------------------------------------------------------------------------------------------
check "down -v" dc --profile operator down -v --timeout 30
left() { docker ps -aq --filter "$1"; docker network ls -q --filter "$1"; docker volume ls -q --filter "$1"; }
check "no container, network or volume is left" test -z "$(left label=com.docker.compose.project=freshwater-try)"
if [ -n "$engine" ]; then
    check "the engine is down" "$ENGINE" down
    engine=
fi
ok "all of it"
