# shellcheck shell=bash
# Free TCP ports on 127.0.0.1. To be sourced, with $stack set.
# shellcheck disable=SC2154  # $stack is the caller's

# Is something listening there?
port_answers() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# free_port: prints a port nobody listens on, below the range from which the kernel takes the local
# ports of outgoing connections (32768 and up), so that a stopped program finds its port free again.
# No port is given out twice in a stack: the first to get one may not listen on it yet.
free_port() {
    local port
    mkdir -p "$stack/ports"
    while true; do
        port=$((10000 + SRANDOM % 22000))
        port_answers "$port" || ! mkdir "$stack/ports/$port" 2>/dev/null || { echo "$port"; return; }
    done
}
