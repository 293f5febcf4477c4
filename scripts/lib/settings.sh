# shellcheck shell=bash
# Settings of a stack: environment variables, kept in $stack/env as lines export NAME='value'.
# What the caller set wins over what is kept, and that over the default. To be sourced, with $stack and $caller_folder set.
# shellcheck disable=SC2154  # they are the caller's

declare -A caller=()  # names the caller set
declare -A kept=()    # names that belong into the file

# Notes the caller's settings. Those it only has from a stack's env, because that stack made them, are
# nobody's wish and would point this stack's programs at that one's servers. DEVSTACK_MADE knows them by
# their sums also when that stack is gone.
note_caller() {
    local name
    while IFS= read -r name; do
        case $name in
            OTP_VERIFY_URL | OTP_API_KEY | OTP_OTHER_API_KEY | OTP_ADMIN_KEY) unset "$name" ;;
            OTP_BUILD_DIR) caller[$name]=1 ;;
            OTP_* | TWILIO_* | GUPSHUP_*)
                if [[ " ${DEVSTACK_MADE-} " == *" $(sum_of "$name") "* ]]; then
                    unset "$name"
                else
                    caller[$name]=1
                    make_absolute "$name"
                fi ;;
        esac
    done < <(compgen -e)
    unset DEVSTACK_MADE
}

# sum_of NAME: the name, and what tells whether its value is still the same.
sum_of() {
    local sum
    sum=$(sha256sum <<<"${!1}")
    echo "$1=${sum:0:16}"
}

# make_absolute NAME: a path is meant as seen from the caller's folder, the programs run in another.
make_absolute() {
    case $1 in
        *_FILE | OTP_LIMITS | OTP_TEMPLATES)
            [[ -z ${!1} || ${!1} == /* ]] || declare -gx "$1=$caller_folder/${!1}" ;;
    esac
}

load_settings() {
    local line name tenant=
    [[ -r $stack/env ]] || return 0
    while IFS= read -r line; do
        name=${line#export } name=${name%%=*}
        # Programs would take what is kept, and not look into the caller's file.
        [[ ! -v caller[${name}_FILE] ]] || continue
        kept[$name]=1
        [[ $name != OTP_TENANT ]] || tenant=$line
        [[ -v caller[$name] ]] || eval "$line"
    done <"$stack/env"
    # A key is its tenant's: another tenant is given keys of its own.
    if [[ -n $tenant && $tenant != "export OTP_TENANT=${OTP_TENANT@Q}" ]]; then
        unset OTP_API_KEY OTP_ADMIN_KEY 'kept[OTP_API_KEY]' 'kept[OTP_ADMIN_KEY]'
    fi
}

# forget_settings: what was kept of a stack that is gone.
forget_settings() {
    local name
    for name in "${!kept[@]}"; do [[ -v caller[$name] ]] || unset "$name"; done
    kept=()
}

# setting NAME DEFAULT: does nothing where the caller gave it (also as NAME_FILE) or it is kept already.
setting() {
    if [[ -v caller[${1}_FILE] || (-v kept[${1}_FILE] && ! -v caller[$1]) ]]; then
        unset "$1" "kept[$1]"
        return 0
    fi
    [[ -v caller[$1] || -v kept[$1] ]] || make_setting "$1" "$2"
    kept[$1]=1
}

# make_setting NAME VALUE: one that is the stack's own.
make_setting() {
    declare -gx "$1=$2"
    DEVSTACK_MADE+=" $(sum_of "$1")"
    kept[$1]=1 kept[DEVSTACK_MADE]=1
}

# Writes all of them, the caller's too: a program started later gets what the stack was started with.
save_settings() {
    local name
    for name in "${!caller[@]}"; do kept[$name]=1; done
    # These are for a program that starts. Where one listens is in its record, and in OTP_VERIFY_URL.
    unset 'kept[OTP_LISTEN]' 'kept[OTP_WORKER_LISTEN]'
    for name in "${!kept[@]}"; do echo "export $name=${!name@Q}"; done | write_settings
}

# keep NAME...: writes these alone anew, and of them none that is the caller's.
keep() {
    local name lines
    lines=$(<"$stack/env")
    for name in "$@"; do
        [[ -v $name && ! -v caller[$name] ]] || continue
        lines=$(grep -v "^export $name=" <<<"$lines" && echo "export $name=${!name@Q}")
    done
    write_settings <<<"$lines"
}

write_settings() {
    (umask 077 && sort >"$stack/env.new")
    mv "$stack/env.new" "$stack/env"
}

hex() { openssl rand -hex "$1"; }
