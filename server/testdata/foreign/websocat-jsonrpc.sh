#!/usr/bin/env bash
# websocat --jsonrpc: a line is a method, a space, and params with commas
# between them.
source "$(dirname "$0")/shell.sh"
url=$1

converse() { printf '%s %s\n' "${@:2}" | take "$1" websocat --jsonrpc "$url"; }

session
