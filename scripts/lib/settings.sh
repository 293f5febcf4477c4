# shellcheck shell=bash
# Settings of a stack: environment variables, kept in $stack/env as lines export NAME='value'.
# What the caller set wins over what is kept, and that over the default. To be sourced, with $stack set.
# shellcheck disable=SC2154  # $stack is the caller's

declare -A caller=()  # names the caller set
declare -A kept=()    # names that belong into the file

# Notes the caller's settings. Those it only has from the env of another stack (whose file DEVSTACK_ENV
# names) are nobody's wish and would point this stack's programs at that one's servers.
note_caller() {
    local name other=
    [[ ! -r ${DEVSTACK_ENV-} ]] || other=$(<"$DEVSTACK_ENV")
    while IFS= read -r name; do
        case $name in
            OTP_VERIFY_URL | OTP_API_KEY | OTP_OTHER_API_KEY | OTP_ADMIN_KEY) unset "$name" ;;
            OTP_BUILD_DIR) caller[$name]=1 ;;
            OTP_* | TWILIO_* | GUPSHUP_*)
                if [[ $'\n'$other$'\n' == *$'\n'"export $name=${!name@Q}"$'\n'* ]]; then
                    unset "$name"
                else
                    caller[$name]=1
                fi ;;
        esac
    done < <(compgen -e)
}

load_settings() {
    local line name
    [[ -r $stack/env ]] || return 0
    while IFS= read -r line; do
        name=${line#export } name=${name%%=*}
        kept[$name]=1
        [[ -v caller[$name] ]] || eval "$line"
    done <"$stack/env"
}

# setting NAME DEFAULT: does nothing where the caller gave it (also as NAME_FILE) or it is kept already.
setting() {
    if [[ -v caller[${1}_FILE] || (-v kept[${1}_FILE] && ! -v caller[$1]) ]]; then
        unset "$1" "kept[$1]"
        return 0
    fi
    [[ -v caller[$1] || -v kept[$1] ]] || declare -gx "$1=$2"
    kept[$1]=1
}

# Writes all of them, the caller's too: a program started later gets what the stack was started with.
save_settings() {
    local name
    for name in "${!caller[@]}"; do kept[$name]=1; done
    (
        umask 077
        for name in "${!kept[@]}"; do echo "export $name=${!name@Q}"; done | sort >"$stack/env.new"
    )
    mv "$stack/env.new" "$stack/env"
}

hex() { openssl rand -hex "$1"; }
