# shellcheck shell=bash
# A minimal Debian 12 in a folder, with packages from where this machine takes its own. To be sourced.

# make_machine FOLDER LOG
make_machine() {
    local machine=$1 log=$2 mirror http_proxy=${http_proxy-}
    # shellcheck disable=SC2016  # $(REPO_URI) is apt's own
    mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Codename: bookworm' 'Component: main' 'Created-By: Packages' | head -n 1)
    [[ -n $mirror ]] || { echo "apt knows no Debian 12 mirror here; run apt-get update" >&2; return 1; }
    eval "$(apt-config shell http_proxy Acquire::http::Proxy)"
    export http_proxy
    debootstrap --variant=minbase bookworm "$machine" "$mirror" >"$log" 2>&1 || { tail -n 20 "$log" >&2; return 1; }
    rm -rf "$machine/etc/apt"
    cp -a /etc/apt "$machine/etc/apt"
    cp -a /usr/share/keyrings/. "$machine/usr/share/keyrings/"
    cp -L /etc/resolv.conf "$machine/etc/resolv.conf"
    if [[ $mirror == https:* ]]; then
        mkdir -p "$machine/etc/ssl/certs"
        cp -L /etc/ssl/certs/ca-certificates.crt "$machine/etc/ssl/certs/"
    fi
    # Under a name of its own, because the package ca-certificates writes that file anew. npm reads it too.
    cp -L /etc/ssl/certs/ca-certificates.crt "$machine/etc/trusted-here.crt"
}
