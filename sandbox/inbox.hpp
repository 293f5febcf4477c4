#pragma once

#include "sandbox/message.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace otp::sandbox {

// Which messages are asked for, newest first.
struct selection {
    std::string to;     // E.164; empty: any
    std::string after;  // id; only newer ones. One that is not (or no longer) kept excludes nothing
    std::string before;  // id; only older ones. One that is not kept excludes nothing
    std::size_t limit = static_cast<std::size_t>(-1);
    std::function<bool(const message&)> matches;  // empty: all do
};

struct selected {
    std::vector<message_ptr> messages;
    // How many there are, the limit aside; where `matches` is set, counting ends at the limit.
    std::size_t total = 0;
};

// The last messages that were accepted. Adding one and finding one take constant time; a selection
// by number visits only that number's messages.
class inbox {
public:
    explicit inbox(std::size_t most);  // at least 1

    void add(message_ptr what);
    message_ptr find(std::string_view id) const;  // null where it is not kept
    selected select(const selection& wanted) const;
    std::size_t size() const noexcept { return entries_.size(); }

private:
    static constexpr std::uint64_t none = 0;

    struct entry {
        message_ptr what;
        std::uint64_t older = none;  // the message to the same number before this one
    };

    void drop_oldest();
    const entry& at(std::uint64_t number) const { return entries_[number - first_]; }
    std::uint64_t number_of(std::string_view id, std::uint64_t otherwise) const;

    std::size_t most_;
    std::uint64_t first_ = 1;  // serial number of entries_.front(); older ones are gone
    std::deque<entry> entries_;
    std::unordered_map<std::string_view, std::uint64_t> by_id_;  // keys lie in the messages
    std::unordered_map<std::string, std::uint64_t> newest_to_;
};

// "+14155550100" of "+1 415 555 0100", "14155550100" or "whatsapp:+14155550100", so that a number
// may be written in a URL as people do, the plus lost included. Empty where there is no digit.
std::string e164_of(std::string_view text);

// `GET /inbox`: a JSON array. `to` of each is E.164, `at` RFC 3339 in UTC with milliseconds.
std::string inbox_json(const selected& what, moment now, std::chrono::milliseconds pace);

}  // namespace otp::sandbox
