#!/usr/bin/env bash
# wscat: what it sends is given to it by -x.
source "$(dirname "$0")/shell.sh"
url=$1

converse() {
    local count=$1 id=0 params requests=()
    shift
    while (($#)); do
        params=$2
        [[ $params == "{"* ]] || params="[$params]"
        requests+=(-x "{\"jsonrpc\":\"2.0\",\"id\":$((++id)),\"method\":\"$1\",\"params\":$params}")
        shift 2
    done
    take "$count" wscat --wait -1 --connect "$url" "${requests[@]}" </dev/null
}

session
