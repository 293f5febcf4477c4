#include "ctl/keys/rotation.hpp"

#include <algorithm>
#include <iterator>

namespace otp {

namespace {

constexpr std::string_view after_a_day =
    "24 hours later, when `otpctl keys check` names no old one any more";

constexpr key_kind kinds[] = {
    {"code", "OTP_CODE_KEYS", "every otp-worker", after_a_day},
    {"hash", "OTP_HASH_KEYS", "every otp-worker and otp-verify", after_a_day},
    // No row tells who still has such a token.
    {"device",
     "OTP_DEVICE_KEYS",
     "every otp-verify",
     "90 days later, when the last device token made with an old one has ended"},
};

// Neither an id nor a key may hold a blank.
secret without_blanks(std::string_view list) {
    const auto is_blank = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
    const auto blanks = std::count_if(list.begin(), list.end(), is_blank);
    auto plain = secret::of_size(list.size() - static_cast<std::size_t>(blanks));
    std::remove_copy_if(list.begin(), list.end(), plain.bytes().data(), is_blank);
    return plain;
}

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
    const auto old_entries = without_blanks(list);
    const std::string name(kind.setting);
    const std::string who(kind.holders);
    std::vector<rotation_step> steps;
    steps.push_back(
        {"Set " + name + " for " + who +
             " to this, the new key last, and restart one after the other; nothing uses it yet",
         joined(old_entries.reveal(), new_entry)}
    );
    steps.push_back(
        {"When all have it, set this, the new key first, and restart again: new ones are made with "
         "it",
         joined(new_entry, old_entries.reveal())}
    );
    steps.push_back({std::string(kind.over) + ", leave the old keys out", secret(new_entry)});
    return steps;
}

}  // namespace otp
