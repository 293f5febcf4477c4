# shellcheck shell=bash
# How the demo speaks: colour and a moving bar on a terminal, plain lines elsewhere. To be sourced.
# shellcheck disable=SC2034  # the demo uses the colours, too

bold='' dim='' green='' red='' plain=''
if [[ -t 1 && -z ${NO_COLOR-} && ${TERM-dumb} != dumb ]]; then
    bold=$'\e[1m' dim=$'\e[2m' green=$'\e[32m' red=$'\e[31m' plain=$'\e[0m'
fi

chapter_number=0
chapter() {
    chapter_number=$((chapter_number + 1))
    printf '\n%s%d. %s%s\n' "$bold" "$chapter_number" "$1" "$plain"
}

note() { printf '%s   %s%s\n' "$dim" "$1" "$plain"; }
good() { printf '   %sok%s  %s\n' "$green" "$plain" "$1"; }

# bar DONE ALL TEXT: redrawn in place; elsewhere than on a terminal nothing is drawn.
bar() {
    [[ -t 1 ]] || return 0
    local width=40 full
    full=$(($1 * width / $2))
    printf '\r   [%s%*s] %6d  %s\e[K' "$(printf '%*s' "$full" '' | tr ' ' '#')" "$((width - full))" '' "$1" "$3"
}
bar_end() { [[ ! -t 1 ]] || printf '\n'; }
