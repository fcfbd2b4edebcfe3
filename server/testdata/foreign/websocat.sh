#!/usr/bin/env bash
# websocat, as it is: a line is a message, both ways.
source "$(dirname "$0")/shell.sh"
url=$1

requests() {
    local id=0 params
    while (($#)); do
        params=$2
        [[ $params == "{"* ]] || params="[$params]"
        echo "{\"jsonrpc\":\"2.0\",\"id\":$((++id)),\"method\":\"$1\",\"params\":$params}"
        shift 2
    done
}

converse() { requests "${@:2}" | take "$1" websocat "$url"; }

session
