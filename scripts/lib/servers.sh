# shellcheck shell=bash
# PostgreSQL and RabbitMQ of a stack: private, on 127.0.0.1 alone, with TLS under a CA of their own.
# To be sourced, with $stack set, after ports.sh, process.sh and settings.sh.
# shellcheck disable=SC2154,SC2034  # $stack is the caller's; read_record sets its caller's variables

postgres_bin=/usr/lib/postgresql/15/bin
as_server=()  # PostgreSQL refuses root: then both run as user postgres
[[ $EUID -ne 0 ]] || as_server=(setpriv --reuid=postgres --regid=postgres --init-groups)

# make_certificates FOLDER: ca.pem, and server.pem with server.key for localhost and 127.0.0.1.
make_certificates() {
    local key=(-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes)
    (
        umask 077
        mkdir -p "$1"
        cd "$1" || exit
        openssl req -x509 "${key[@]}" -days 30 -subj '/CN=devstack CA' -keyout ca.key -out ca.pem \
            -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign
        openssl req "${key[@]}" -subj /CN=localhost -keyout server.key -out server.csr
        openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 -out server.pem \
            -extfile <(printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\n')
    ) >"$stack/log/certificates.log" 2>&1
}

# The servers' data does not lie in the checkout: their user may not be able to enter it.
make_data() {
    data=$(mktemp -d /tmp/otp-devstack.XXXXXX)
    echo "$data" >"$stack/data"
    mkdir -p "$data/tls" "$data/rabbitmq/home"
    cp "$stack/tls"/{ca.pem,server.pem,server.key} "$data/tls/"
}

own_data() { [[ $EUID -ne 0 ]] || chown -R postgres:postgres "$data"; }

server_settings() {
    local password
    password=$(hex 16)
    setting AMQP_URL "amqp://otp:$password@127.0.0.1:$(free_port)/%2F"
    setting AMQPS_URL "amqps://otp:$password@localhost:$(free_port)/%2F"
    setting RABBITMQ_MANAGEMENT_URL "http://otp:$password@127.0.0.1:$(free_port)"
    setting DATABASE_URL "postgresql://postgres:$(hex 16)@127.0.0.1:$(free_port)/otp"
    setting POSTGRES_DATA_DIR "$data/postgres"
    setting RABBITMQ_DATA_DIR "$data/rabbitmq/mnesia"
    setting CA_FILE "$stack/tls/ca.pem"
    setting DEVSTACK_LOG_DIR "$stack/log"
    setting DEVSTACK_ENV "$stack/env"
}

# Parts of a URL of the stack: scheme://user:password@host:port/...
password_in() { local rest=${1#*//*:}; echo "${rest%%@*}"; }
port_in() { local rest=${1##*:}; echo "${rest%%/*}"; }

init_postgres() {
    (umask 077 && password_in "$DATABASE_URL" >"$data/password")
    own_data
    "${as_server[@]}" env -C "$data" "$postgres_bin/initdb" -D "$data/postgres" -U postgres --pwfile="$data/password" \
        --auth=scram-sha-256 -E UTF8 --locale=C.UTF-8 --no-sync >"$stack/log/initdb.log" 2>&1 \
        || { cat "$stack/log/initdb.log" >&2; return 1; }
    rm "$data/password"
}

start_postgres() {
    local pid started address port deadline=$((SECONDS + 15))
    port=$(port_in "$DATABASE_URL")
    # A killed server that init has not reaped yet still looks alive to the next one, which would refuse to start.
    while read_record postgres && [[ $pid != - && -e /proc/$pid ]] && ((SECONDS < deadline)); do sleep 0.1; done
    spawn postgres "127.0.0.1:$port" "${as_server[@]}" env -C "$data" "$postgres_bin/postgres" -D "$data/postgres" \
        -p "$port" -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=300 \
        -c ssl=on -c ssl_cert_file="$data/tls/server.pem" -c ssl_key_file="$data/tls/server.key"
}

wait_for_postgres() { wait_for postgres 60 "$postgres_bin/pg_isready" -q -h 127.0.0.1 -p "$(port_in "$DATABASE_URL")"; }

# sql TEXT [DATABASE]: as superuser; one value comes back bare. The text goes by stdin: it may hold a password.
sql() {
    "$postgres_bin/psql" -qAtX -v ON_ERROR_STOP=1 "${DATABASE_URL%/otp}/${2-otp}" <<<"$1"
}

init_rabbitmq() {
    jq -n --arg password "$(password_in "$AMQP_URL")" '{
        users: [{name: "otp", password: $password, tags: "administrator"}],
        vhosts: [{name: "/"}],
        permissions: [{user: "otp", vhost: "/", configure: ".*", write: ".*", read: ".*"}]
    }' >"$data/rabbitmq/definitions.json"
    echo '[rabbitmq_management,rabbitmq_consistent_hash_exchange].' >"$data/rabbitmq/enabled_plugins"
    cat >"$data/rabbitmq/rabbitmq.conf" <<CONF
listeners.tcp.1 = 127.0.0.1:$(port_in "$AMQP_URL")
listeners.ssl.1 = 127.0.0.1:$(port_in "$AMQPS_URL")
ssl_options.cacertfile = $data/tls/ca.pem
ssl_options.certfile = $data/tls/server.pem
ssl_options.keyfile = $data/tls/server.key
ssl_options.verify = verify_none
ssl_options.fail_if_no_peer_cert = false
ssl_options.versions.1 = tlsv1.3
ssl_options.versions.2 = tlsv1.2
management.tcp.ip = 127.0.0.1
management.tcp.port = $(port_in "$RABBITMQ_MANAGEMENT_URL")
log.console = true
log.console.level = info
log.file = false
disk_free_limit.absolute = 50MB
load_definitions = $data/rabbitmq/definitions.json
CONF
}

# Its own epmd: left to itself the broker would start one that outlives it. The node is named by the
# address, because a bare machine may not know the name localhost.
start_rabbitmq() {
    local pid started address epmd_port
    read_record epmd || address=127.0.0.1:$(free_port)
    epmd_port=${address##*:}
    is_running epmd || spawn epmd "$address" "${as_server[@]}" env -i PATH="$PATH" epmd -address 127.0.0.1 -port "$epmd_port"
    # Half of the cores: the rest is for all else that runs here, and each wake-up of a further scheduler costs.
    local schedulers=$((($(nproc) + 1) / 2))
    # RUNNING_UNDER_SYSTEMD makes the start script become the broker, so that its pid is the recorded one.
    spawn rabbitmq "127.0.0.1:$(port_in "$AMQP_URL")" "${as_server[@]}" env -i -C "$data" \
        PATH="$PATH" LANG=C.UTF-8 HOME="$data/rabbitmq/home" RUNNING_UNDER_SYSTEMD=1 \
        ERL_EPMD_PORT="$epmd_port" ERL_EPMD_ADDRESS=127.0.0.1 \
        RABBITMQ_NODENAME=otp@127.0.0.1 RABBITMQ_USE_LONGNAME=true RABBITMQ_DIST_PORT="$(free_port)" \
        RABBITMQ_MNESIA_BASE="$RABBITMQ_DATA_DIR" RABBITMQ_LOG_BASE="$data/rabbitmq/log" \
        RABBITMQ_CONFIG_FILE="$data/rabbitmq/rabbitmq" RABBITMQ_CONF_ENV_FILE=/dev/null \
        RABBITMQ_ENABLED_PLUGINS_FILE="$data/rabbitmq/enabled_plugins" RABBITMQ_PID_FILE="$data/rabbitmq/pid" \
        RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="+S $schedulers:$schedulers +sbwt none -kernel inet_dist_use_interface {127,0,0,1}" \
        /usr/lib/rabbitmq/bin/rabbitmq-server
}

# The AMQP listeners open last, after the definitions were applied.
wait_for_rabbitmq() { wait_for rabbitmq 90 port_answers "$(port_in "$AMQP_URL")"; }

servers_running() { is_running postgres && is_running epmd && is_running rabbitmq; }

# Both at once: the broker takes five seconds, the database one.
new_servers() {
    make_certificates "$stack/tls"
    make_data
    server_settings
    save_settings
    init_rabbitmq
    own_data
    start_rabbitmq
    init_postgres
    start_postgres
    wait_for_postgres
    sql 'create database otp' postgres
    wait_for_rabbitmq
}
