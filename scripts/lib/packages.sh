# shellcheck shell=bash
# The one list of Debian packages, and the question which of them are missing. To be sourced.
# shellcheck disable=SC2034  # read by the scripts that source this file

# What the demo and most tests need.
base_packages=(
    g++ cmake ninja-build ccache pkg-config
    libboost1.81-dev libboost-test1.81-dev libpq-dev rapidjson-dev libssl-dev librabbitmq-dev
    libphonenumber8 libprotobuf-dev libabsl-dev libtomlplusplus-dev prometheus-cpp-dev libsystemd-dev libjemalloc-dev
    postgresql-15 rabbitmq-server openssl curl jq iproute2 python3 python3-pika python3-psycopg2 python3-yaml
)

# What the tests need besides: git to see that the mutations still apply, a browser and what drives it, what
# examples/accounts is built on, a JOSE library.
test_packages=(git chromium python3-flask python3-requests python3-jwt python3-cryptography)
# A validator of JSON schemas, and what examples/producers are built with.
test_packages+=(
    python3-jsonschema golang-go golang-github-rabbitmq-amqp091-go-dev openjdk-17-jdk-headless
    librabbitmq-client-java libgoogle-gson-java
)
# promtool checks and plays the rules of deploy/prometheus.
test_packages+=(prometheus)
# groff reads the manual pages aloud to a test.
test_packages+=(groff-base)
# A Node.js from elsewhere than Debian brings an npm of its own, which Debian's would have to replace.
command -v npm >/dev/null || test_packages+=(nodejs npm)

# systemd-analyze looks at the units, readelf at the programs; systemd is not on every machine of CI.
test_packages+=(systemd binutils)
# pgrep, for scripts/test to see which of its tests still run.
test_packages+=(procps)

# What scripts/package and scripts/package-test need besides.
package_packages=(dpkg-dev file fakeroot lintian systemd systemd-container debootstrap)

# What lint and fresh-machine need besides.
dev_packages=(clang-14 libclang-rt-14-dev clang-format shellcheck pyflakes3 debootstrap)

# missing_packages NAME...: prints those which are not fully installed. Needs no root and takes milliseconds.
missing_packages() {
    local installed name
    installed=" $(dpkg-query -W -f='${db:Status-Status}:${Package} ' "$@" 2>/dev/null || true)"
    for name in "$@"; do
        [[ $installed == *" installed:$name "* ]] || printf '%s\n' "$name"
    done
}
