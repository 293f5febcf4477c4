# shellcheck shell=bash
# Free TCP ports on 127.0.0.1. To be sourced.

# Is something listening there?
port_answers() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# free_port: prints a port nobody listens on, below the range from which the kernel takes the local
# ports of outgoing connections (32768 and up), so that a stopped program finds its port free again.
free_port() {
    local port
    while true; do
        port=$((10000 + SRANDOM % 22000))
        port_answers "$port" || { echo "$port"; return; }
    done
}
