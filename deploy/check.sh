#!/bin/sh
# Checks the deployment's files with the tools that they are for. A tool that is not here is named, with the reason, and
# is no failure: `./run check` runs where there is only Python.
set -u
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
failed=
say() { printf '%s\n' "$*" >&2; }
step() { say "== $1"; shift; "$@" >&2 || failed=yes; }
docker_runs() { docker version >/dev/null 2>&1; }
image_is_here() { docker_runs && docker image inspect "$1" >/dev/null 2>&1; }
in_image() { # in_image IMAGE PROGRAM FOLDER ARGUMENTS...
    image=$1 program=$2 folder=$3
    shift 3
    docker run --rm --network none -v "$here/$folder:/files:ro" -w /files --entrypoint "$program" "$image" "$@" </dev/null
}

prometheus=${REGISTRY:-}prom/prometheus:v2.53.3
if command -v promtool >/dev/null 2>&1; then
    # The rules' place in the container is not theirs here.
    configuration=$(mktemp)
    sed "s#/etc/prometheus/#$here/prometheus/#" "$here/prometheus/prometheus.yml" >"$configuration"
    step "promtool check config" promtool check config "$configuration"
    rm -f "$configuration"
    step "promtool test rules" promtool test rules "$here"/prometheus/tests/*.yml
elif image_is_here "$prometheus"; then
    step "promtool check config" docker run --rm --network none -v "$here/prometheus:/etc/prometheus:ro" --entrypoint promtool \
        "$prometheus" check config /etc/prometheus/prometheus.yml
    step "promtool test rules" in_image "$prometheus" promtool prometheus test rules tests/technical.yml tests/business.yml
else
    say "-- promtool is neither on PATH nor in an image here: alerts are not tested"
fi

alertmanager=${REGISTRY:-}prom/alertmanager:v0.28.1
if command -v amtool >/dev/null 2>&1; then
    step "amtool check-config" amtool check-config "$here"/alertmanager/*.yml
elif image_is_here "$alertmanager"; then
    step "amtool check-config" in_image "$alertmanager" amtool alertmanager check-config alertmanager.yml with-mail.yml
else
    say "-- amtool is neither on PATH nor in an image here: Alertmanager's files are not checked"
fi

if docker compose version >/dev/null 2>&1; then
    # It needs neither the images nor the secrets.
    step "docker compose config" docker compose -f "$here/docker-compose.yml" config -q
    for more in dev tls cluster; do
        step "docker compose config, $more" \
            docker compose -f "$here/docker-compose.yml" -f "$here/docker-compose.$more.yml" config -q
    done
else
    say "-- docker compose is not here: the compose files are not checked"
fi

for pair in "hadolint:$here/Dockerfile" "shellcheck:$here/*.sh"; do
    tool=${pair%%:*}
    if command -v "$tool" >/dev/null 2>&1; then
        # shellcheck disable=SC2086
        step "$tool" "$tool" ${pair#*:}
    else
        say "-- $tool is not here: ${pair##*/} not linted"
    fi
done
[ -z "$failed" ]
