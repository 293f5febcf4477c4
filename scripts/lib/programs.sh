# shellcheck shell=bash
# The project's own programs in a stack. To be sourced, with $stack and $root set, after servers.sh.
# shellcheck disable=SC2154,SC2034  # $stack and $data are the caller's; read_record sets its caller's variables

# bin_dir: OTP_BUILD_DIR/bin, or that of the preset built last.
bin_dir() {
    local newest=''
    if [[ -n ${OTP_BUILD_DIR-} ]]; then echo "$OTP_BUILD_DIR/bin"; return; fi
    newest=$(compgen -G "$root/build/*/.ninja_log" | xargs -rd '\n' ls -t | head -n 1) || true
    newest=${newest%/.ninja_log}
    echo "${newest:-$root/build/release}/bin"
}

# program NAME: its path; an error where it is not built.
program() {
    local path
    path=$(bin_dir)/$1
    if [[ ! -x $path ]]; then
        echo "$path is not there; build it first: scripts/build release" >&2
        return 1
    fi
    echo "$path"
}

# Keys, tenants, and providers that are the sandbox. Account numbers are made up.
program_settings() {
    place_verify
    setting SANDBOX_URL "http://127.0.0.1:$(free_port)"
    setting SANDBOX_TLS_URL "https://localhost:$(free_port)"
    setting OTP_CA_FILE "$CA_FILE"
    setting AMQP_CA_FILE "$CA_FILE"
    setting OTP_TENANT acme
    setting TEST_PHONE_NUMBER +14155550100
    setting OTP_CODE_KEYS "dev1:$(hex 32)"
    setting OTP_HASH_KEYS "dev1:$(hex 32)"
    setting OTP_DEVICE_KEYS "dev1:$(hex 32)"
    # Commas part the keys: the path of the stack's folder may hold one, that of the data does not.
    setting OTP_PROOF_KEYS "dev1:$data/proof.key"
    (umask 077 && openssl ecparam -name prime256v1 -genkey -noout | openssl pkcs8 -topk8 -nocrypt >"$data/proof.new")
    mv -n "$data/proof.new" "$data/proof.key" && rm -f "$data/proof.new"
    setting GUPSHUP_WEBHOOK_SECRET "$(hex 24)"
    setting TWILIO_ACCOUNT_SID "AC$(hex 16)"
    setting TWILIO_AUTH_TOKEN "$(hex 16)"
    # Twilio is given one sender for SMS: a number or a messaging service.
    [[ -v caller[TWILIO_MESSAGING_SERVICE_SID] ]] || setting TWILIO_PHONE_NUMBER +15005550006
    setting TWILIO_WHATSAPP_NUMBER whatsapp:+15005550006
    setting TWILIO_CONTENT_SID "HX$(hex 16)"
    setting TWILIO_API_URL "$SANDBOX_TLS_URL"
    setting TWILIO_VERIFY_SERVICE_SID "VA$(hex 16)"
    setting TWILIO_VERIFY_API_URL "$SANDBOX_TLS_URL"
    setting GUPSHUP_API_KEY "$(hex 16)"
    setting GUPSHUP_SOURCE 15005550007
    setting GUPSHUP_SRC_NAME AcmeDemo
    setting GUPSHUP_TEMPLATE_ID "$(</proc/sys/kernel/random/uuid)"
    setting GUPSHUP_API_URL "$SANDBOX_TLS_URL/wa/api/v1/template/msg"
    setting GUPSHUP_SMS_USERID 2000190001
    setting GUPSHUP_SMS_PASSWORD "$(hex 8)"
    setting GUPSHUP_SMS_MASK ACMEOT
    setting GUPSHUP_SMS_API_URL "$SANDBOX_TLS_URL/GatewayAPI/rest"
    setting WORKER_DATABASE_URL "$(role_url otp_worker)"
    setting VERIFY_DATABASE_URL "$(role_url otp_verify)"
    setting AUDITOR_DATABASE_URL "$(role_url otp_auditor)"
}

# Where the first otp-verify is: at the address the caller names, else where it was; by https where it is
# given a certificate. While it runs it stays. Receipts follow it, unless somebody wants them elsewhere.
place_verify() {
    local scheme=http was=${OTP_VERIFY_URL-} address=${OTP_LISTEN-}
    is_running verify-1 && return 0
    [[ -z ${OTP_TLS_CERT_FILE-} ]] || scheme=https
    address=${address:-${was#*//}}
    address=${address:-127.0.0.1:$(free_port)}
    [[ $scheme://$address != "$was" ]] || return 0
    make_setting OTP_VERIFY_URL "$scheme://$address"
    [[ -v caller[OTP_CALLBACK_URL] || ${OTP_CALLBACK_URL-} != "$was" ]] || make_setting OTP_CALLBACK_URL "$OTP_VERIFY_URL"
}

role_url() { echo "postgresql://$1:$(hex 16)@127.0.0.1:$(port_in "$DATABASE_URL")/otp"; }

# Schema, passwords of the roles, a key for each kind of caller. Safe to repeat.
prepare_database() {
    local otpctl url role scopes=send,check,read
    otpctl=$(program otpctl)
    "$otpctl" migrate >>"$stack/log/migrate.log" 2>&1 || { tail -n 30 "$stack/log/migrate.log" >&2; return 1; }
    for url in "$WORKER_DATABASE_URL" "$VERIFY_DATABASE_URL" "$AUDITOR_DATABASE_URL"; do
        role=${url#*//} role=${role%%:*}
        sql "alter role $role login password '$(password_in "$url")'"
    done
    keep_api_key OTP_API_KEY "$OTP_TENANT" $scopes
    keep_api_key OTP_OTHER_API_KEY other $scopes
    keep_api_key OTP_ADMIN_KEY "$OTP_TENANT" $scopes,admin
}

# keep_api_key NAME TENANT SCOPES: makes one where none is kept.
keep_api_key() {
    local otpctl key
    [[ ! -v kept[$1] ]] || return 0
    otpctl=$(program otpctl)
    key=$("$otpctl" apikey create --tenant "$2" --scopes "$3")
    setting "$1" "$key"
}

# Which keys a program is not given: OTP_CODE_KEYS make codes and are the worker's alone. Keys of API
# callers are no program's.
withhold() {
    local name
    for name in OTP_API_KEY OTP_OTHER_API_KEY OTP_ADMIN_KEY "$@"; do printf -- '-u\n%s\n-u\n%s_FILE\n' "$name" "$name"; done
}

# Verify is the workers' third provider only where a list names it: by default texts go by the two that send receipts.
withhold_verify() {
    [[ ,${OTP_SMS_PROVIDERS-},${OTP_WHATSAPP_PROVIDERS-}, == *twilio_verify* ]] || printf -- '-u\nTWILIO_VERIFY_SERVICE_SID\n'
}

# start_one NAME: where it is not running, at the address it had before. One that the caller names is the
# first otp-verify's or otp-worker's.
start_one() {
    local pid started address path hidden
    is_running "$1" && return 0
    read_record "$1" || address=127.0.0.1:$(free_port)
    case $1 in
        sandbox)
            mapfile -t hidden < <(withhold OTP_CODE_KEYS OTP_HASH_KEYS OTP_DEVICE_KEYS OTP_PROOF_KEYS)
            path=$(program otp-sandbox)
            address=${SANDBOX_URL#*//}
            spawn "$1" "$address" env "${hidden[@]}" -u DATABASE_URL -u AMQP_URL SANDBOX_LISTEN="$address" \
                SANDBOX_TLS_LISTEN="127.0.0.1:$(port_in "$SANDBOX_TLS_URL")" \
                SANDBOX_TLS_CERT_FILE="$stack/tls/server.pem" SANDBOX_TLS_KEY_FILE="$stack/tls/server.key" "$path" ;;
        verify-*)
            mapfile -t hidden < <(withhold OTP_CODE_KEYS)
            path=$(program otp-verify)
            [[ $1 != verify-1 ]] || address=${OTP_VERIFY_URL#*//}
            spawn "$1" "$address" env "${hidden[@]}" DATABASE_URL="$VERIFY_DATABASE_URL" OTP_LISTEN="$address" "$path" ;;
        worker-*)
            mapfile -t hidden < <(withhold OTP_DEVICE_KEYS OTP_PROOF_KEYS; withhold_verify)
            path=$(program otp-worker)
            [[ $1 != worker-1 || -z ${OTP_WORKER_LISTEN-} ]] || address=$OTP_WORKER_LISTEN
            spawn "$1" "$address" env "${hidden[@]}" DATABASE_URL="$WORKER_DATABASE_URL" OTP_WORKER_LISTEN="$address" "$path" ;;
    esac
}

wait_until_ready() {
    local pid started address path=/readyz
    [[ $1 != sandbox ]] || path=/inbox
    read_record "$1"
    wait_for "$1" 90 answers "$address$path"
}

# answers ADDRESS/PATH: with success, by whichever of both it speaks: an otp-verify may have been given a
# certificate when it was started, of whatever CA.
answers() {
    local scheme code
    for scheme in http https; do
        code=0
        curl -sfk --noproxy '*' --max-time 5 "$scheme://$1" || code=$?
        # 22 is an answer, too: it is not ready.
        [[ $code -ne 0 && $code -ne 22 ]] || break
    done
    return "$code"
}

# start_programs NAME...: all at once, then waits for each.
start_programs() {
    local name
    for name in "$@"; do start_one "$name"; done
    for name in "$@"; do wait_until_ready "$name"; done
}
