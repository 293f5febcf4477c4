# shellcheck shell=bash
# Processes of a stack, each known by a record $stack/process/NAME: pid, start time, address.
# A pid alone may have been given to a stranger meanwhile; pid and start time together have not.
# To be sourced, with $stack set.
# shellcheck disable=SC2154,SC2034  # $stack is the caller's; read_record sets its caller's variables

# start_time PID: in clock ticks since boot, or nothing where the process is gone or a zombie.
start_time() {
    local line
    line=$(cat "/proc/$1/stat" 2>/dev/null) || return 0
    read -ra line <<<"${line##*) }"  # what follows the name: state is field 3, the start time 22
    [[ ${line[0]} == Z ]] || echo "${line[19]}"
}

# spawn NAME ADDRESS COMMAND...: starts it in a session of its own and records it.
spawn() {
    local name=$1 address=$2 pid
    shift 2
    setsid "$@" >>"$stack/log/$name.log" 2>&1 </dev/null &
    pid=$!
    echo "$pid $(start_time "$pid") $address" >"$stack/process/$name"
}

# read_record NAME: sets pid, started and address of the caller.
read_record() { read -r pid started address 2>/dev/null <"$stack/process/$1"; }

is_running() {
    local pid started address
    read_record "$1" || return 1
    [[ -n $started && $(start_time "$pid") == "$started" ]]
}

# recorded PREFIX: names of the records that begin so, in order.
recorded() { (cd "$stack/process" 2>/dev/null && compgen -G "$1*" | sort -V) || true; }

# signal_process SIGNAL NAME: to exactly the process recorded, or to none.
signal_process() {
    local pid started address
    is_running "$2" || return 0
    read_record "$2"
    kill "-$1" "$pid" 2>/dev/null || true
}

# end_process NAME SECONDS: waits for one that was asked to end; after that time it is killed.
# The record stays, as that of a stopped process.
end_process() {
    local pid started address deadline=$((SECONDS + $2))
    signal_process CONT "$1"
    while is_running "$1"; do
        if ((SECONDS > deadline)); then
            echo "$1 did not end within $2 s and is killed." >&2
            signal_process KILL "$1"
            deadline=$((SECONDS + $2))
        fi
        sleep 0.05
    done
    if read_record "$1"; then echo "- 0 $address" >"$stack/process/$1"; fi
}

# print_state NAME: a line of `devstack status`.
print_state() {
    local pid started address state=dead
    read_record "$1"
    if [[ $pid == - ]]; then state=stopped; elif is_running "$1"; then state=running; fi
    printf '%-10s %8s %-21s %s\n' "$1" "$pid" "$address" "$state"
}

# wait_for NAME SECONDS COMMAND...: until the command succeeds; with the end of its log where the process
# ended or the time is over.
wait_for() {
    local name=$1 deadline=$((SECONDS + $2))
    shift 2
    until "$@" >/dev/null 2>&1; do
        if ! is_running "$name" || ((SECONDS > deadline)); then
            echo "$name did not get ready; the end of $stack/log/$name.log:" >&2
            tail -n 30 "$stack/log/$name.log" >&2
            return 1
        fi
        sleep 0.1
    done
}
