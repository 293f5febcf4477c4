#include "ctl/keys/rotation.hpp"

#include <algorithm>
#include <iterator>

namespace otp {

namespace {

constexpr key_kind kinds[] = {
    {"code", "OTP_CODE_KEYS", "every otp-worker", "24 hours"},
    {"hash", "OTP_HASH_KEYS", "every otp-worker and otp-verify", "24 hours"},
    {"device", "OTP_DEVICE_KEYS", "every otp-verify", "90 days"},
};

secret joined(std::string_view first, std::string_view second) {
    auto both = secret::of_size(first.size() + 1 + second.size());
    auto* to = std::copy(first.begin(), first.end(), both.bytes().data());
    *to++ = ',';
    std::copy(second.begin(), second.end(), to);
    return both;
}

}  // namespace

const key_kind* find_key_kind(std::string_view word) {
    const auto* found = std::find_if(std::begin(kinds), std::end(kinds), [&](const auto& k) {
        return k.word == word;
    });
    return found == std::end(kinds) ? nullptr : found;
}

std::vector<rotation_step> rotation_steps(
    const key_kind& kind,
    std::string_view list,
    std::string_view new_entry
) {
    const std::string name(kind.setting);
    const std::string who(kind.holders);
    std::vector<rotation_step> steps;
    steps.push_back(
        {"Set " + name + " for " + who +
             " to this, the new key last, and restart one after the other; nothing uses it yet",
         joined(list, new_entry)}
    );
    steps.push_back(
        {"When all have it, set this, the new key first, and restart again: new ones are made with "
         "it",
         joined(new_entry, list)}
    );
    steps.push_back(
        {std::string(kind.wait) +
             " later, when `otpctl keys check` names no old one any more, leave the old keys out",
         secret(new_entry)}
    );
    return steps;
}

}  // namespace otp
