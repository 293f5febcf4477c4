#include "ctl/doctor/checks.hpp"

#include <set>

namespace otp {

namespace {

// 32 random bytes have fewer different ones than this once in 10^20.
constexpr std::size_t least_different = 16;

bool is_weak(const key& one) {
    const auto bytes = one.bytes.reveal();
    return std::set<char>(bytes.begin(), bytes.end()).size() < least_different;
}

void check_ring(const std::string& setting, const key_ring& ring, findings& into) {
    bool good = true;
    for (const auto& one : ring.all()) {
        if (!is_weak(one))
            continue;
        good = false;
        into.fault(
            "keys",
            setting + ": key " + one.id + " is no random number: it repeats itself",
            "rotate it: `otpctl keys rotate` makes one and prints the steps"
        );
    }
    if (good)
        into.fine(
            "keys",
            setting + ": " + std::to_string(ring.all().size()) + " of 32 bytes, newest " +
                ring.newest().id
        );
}

}  // namespace

void check_keys(const examined_settings& of, findings& into) {
    if (of.code_keys)
        check_ring("OTP_CODE_KEYS", *of.code_keys, into);
    if (of.hash_keys)
        check_ring("OTP_HASH_KEYS", *of.hash_keys, into);
    if (!of.code_keys || !of.hash_keys)
        return;
    for (const auto& code_key : of.code_keys->all())
        for (const auto& hash_key : of.hash_keys->all())
            if (code_key.bytes.equals(hash_key.bytes.reveal()))
                into.fault(
                    "keys",
                    "key " + code_key.id + " of OTP_CODE_KEYS is also key " + hash_key.id +
                        " of OTP_HASH_KEYS: otp-verify could compute codes",
                    "make another one for each: `otpctl keys rotate code`"
                );
}

}  // namespace otp
