#!/usr/bin/env bash
# Run a command with a PostgreSQL of its own: AMPOULE_TEST_POSTGRES is its address; it is gone when the command has ended.
set -eu

fail() {
  echo "PostgreSQL could not be started: $1" >&2
  exit 1
}

bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
[ -n "$bin" ] || bin=$(dirname "$(command -v initdb || echo missing)")
[ -x "$bin/initdb" ] && [ -x "$bin/postgres" ] || fail "initdb and postgres are not here (Debian: apt-get install postgresql)"

folder=$(mktemp -d)
stop() {
  as_owner "$bin/pg_ctl" -D "$folder/data" -m immediate stop >/dev/null 2>&1 || true
  rm -rf "$folder"
}
trap stop EXIT
trap 'exit 130' INT TERM

# PostgreSQL refuses to run as root.
as_owner() { "$@"; }
if [ "$(id -u)" = 0 ]; then
  owner=$(id -un postgres 2>/dev/null || echo nobody)
  as_owner() { (cd "$folder" && exec runuser -u "$owner" -- "$@"); }
  chown "$owner" "$folder"
fi

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
log=$folder/log
settings="-c listen_addresses=127.0.0.1 -c port=$port -c unix_socket_directories= -c max_connections=200 -c fsync=off"
as_owner "$bin/initdb" -D "$folder/data" -U ampoule -A trust -E UTF8 --locale=C.UTF-8 --no-sync >"$log" 2>&1 || fail "$(tail -n 1 "$log")"
as_owner "$bin/pg_ctl" -D "$folder/data" -l "$folder/server.log" -o "$settings" -w -t 30 start >"$log" 2>&1 ||
  fail "$(tail -n 1 "$folder/server.log" 2>/dev/null || tail -n 1 "$log")"

AMPOULE_TEST_POSTGRES="postgresql://ampoule@127.0.0.1:$port/postgres" "$@"
