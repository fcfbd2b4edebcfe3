# The session of the clients that are used from a shell, to be sourced by
# them. Each brings `converse COUNT`, which sends the requests that follow, each
# as a method and its params, and prints the COUNT messages that come.
set -euo pipefail

here=$(dirname "$0")
seen=$(mktemp -d)
trap 'rm -rf "$seen"' EXIT

# take COUNT PROGRAM ... runs a client until it has printed so many lines. What
# it is to send is on stdin, which stays open for it: a client may end with it.
take() {
    local count=$1 client
    shift
    coproc "$@"
    client=$COPROC_PID
    cat >&"${COPROC[1]}"
    head -n "$count" <&"${COPROC[0]}"
    kill "$client"
    wait "$client" || true
}

# exchange NAME COUNT SUBSCRIBED METHOD PARAMS ... converses until COUNT
# messages have come, keeps them in NAME, and shows them.
exchange() {
    local name=$1 count=$2 subscribed=$3
    shift 3
    converse "$count" "$@" >"$seen/$name"
    jq --slurp --raw-output --arg subscribed "$subscribed" --from-file "$here/lines.jq" "$seen/$name"
}

session() {
    exchange first 10 subscribed \
        register '"ana"' login '"ana"' subscribe '' send '{"to":"bo","bdoy":"hi"}' nonsense '' send '"bo","héllo 👋"'
    local token cursor
    token=$(jq 'select(.result.token).result.token' "$seen/first")
    cursor=$(jq 'select(.params.message.seq == 2).params.cursor' "$seen/first")
    exchange second 6 resumed \
        login "{\"token\":$token}" subscribe "$cursor" history '"bo",10' send '"bo","bye"'
}
