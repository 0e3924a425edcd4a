#!/bin/sh
# Seed 001's commands: ./run.sh opens the prompt, ./run.sh server serves, ./run.sh test runs the tests.
# Makes .env from .env.example when there is none.
set -eu
cd "$(dirname "$0")"
[ -f .env ] || cp .env.example .env
if [ "${1:-}" = test ]; then
    exec make test
fi
if [ ! -x build/hark ]; then
    tools/deps build
    make --no-print-directory -j"$(nproc)"
fi
case ${1:-} in
'') exec build/hark ;;
server) exec build/hark serve ;;
*)
    echo "usage: ./run.sh [server|test]" >&2
    exit 2
    ;;
esac
