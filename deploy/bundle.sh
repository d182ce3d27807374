#!/bin/sh
# One archive for a network without internet: every image, the wheels of every package, and this checkout.
#
#   deploy/bundle.sh [FILE]                   freshwater-<version>.tar (needs the network once, here)
#
# There: tar xf FILE && cd freshwater-<version> && ./install.sh, then docs/operations.md as anywhere.
# VERSION names the release (latest); REGISTRY, PIP_INDEX_URL as in .env.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
root=$(dirname "$here")
version=${VERSION:-latest}
name=freshwater-$version
file=$(realpath "${1:-$name.tar}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
say() { printf '%s\n' "$*" >&2; }
dc() { docker compose -f "$here/docker-compose.yml" --profile operator "$@" </dev/null; }

say "images"
dc build --quiet
# What is not here yet is fetched; what is, stays as it is.
dc config --images | sort -u >"$work/images"
while read -r image; do
    docker image inspect "$image" >/dev/null 2>&1 || docker pull --quiet "$image" >/dev/null
done <"$work/images"
mkdir -p "$work/$name"
xargs docker save -o "$work/$name/images.tar" <"$work/images"

say "wheels"
# By the Python of the image, so that they are for its system and version.
docker run --rm --user 0 -v "$here/requirements.txt:/requirements.txt:ro" -v "$work/$name:/out" \
    ${PIP_INDEX_URL:+-e PIP_INDEX_URL="$PIP_INDEX_URL"} ${PIP_TRUSTED_HOST:+-e PIP_TRUSTED_HOST="$PIP_TRUSTED_HOST"} --entrypoint python "${REGISTRY:-}python:3.13-slim" \
    -m pip download --quiet --no-deps --require-hashes --disable-pip-version-check -d /out/wheels -r /requirements.txt </dev/null

say "checkout"
git -C "$root" archive --format=tar --prefix=freshwater/ HEAD >"$work/$name/freshwater.tar"
(cd "$work/$name" && sha256sum images.tar freshwater.tar wheels/* >SHA256SUMS)
cat >"$work/$name/install.sh" <<'END'
#!/bin/sh
# Loads the images and unpacks the checkout. Images are built again from ./wheels by
# PIP_NO_INDEX=1 PIP_FIND_LINKS, if that is ever needed.
set -eu
cd "$(dirname -- "$0")"
sha256sum --check --quiet SHA256SUMS
docker load -q -i images.tar
tar xf freshwater.tar
echo "Now: cd freshwater, then as in docs/operations.md"
END
chmod +x "$work/$name/install.sh"
tar cf "$file" -C "$work" "$name"
say "$file: $(du -h "$file" | cut -f1), $(wc -l <"$work/images") images, $(find "$work/$name/wheels" -type f | wc -l) wheels"
