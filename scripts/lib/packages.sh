# shellcheck shell=bash
# The one list of Debian packages, and the question which of them are missing. To be sourced.
# shellcheck disable=SC2034  # read by the scripts that source this file

# What the demo and the tests need.
base_packages=(
    g++ cmake ninja-build ccache pkg-config
    libboost1.81-dev libboost-test1.81-dev libpq-dev rapidjson-dev libssl-dev librabbitmq-dev
    libphonenumber8 libprotobuf-dev libabsl-dev libtomlplusplus-dev prometheus-cpp-dev libsystemd-dev
    postgresql-15 rabbitmq-server openssl curl jq iproute2 python3 python3-pika python3-psycopg2
)

# What lint and fresh-machine need besides.
dev_packages=(clang-14 libclang-rt-14-dev clang-format shellcheck git debootstrap)

# missing_packages NAME...: prints those which are not fully installed. Needs no root and takes milliseconds.
missing_packages() {
    local installed name
    installed=" $(dpkg-query -W -f='${db:Status-Status}:${Package} ' "$@" 2>/dev/null || true)"
    for name in "$@"; do
        [[ $installed == *" installed:$name "* ]] || printf '%s\n' "$name"
    done
}
