#include "sandbox/inbox.hpp"

#include "common/core/ascii.hpp"
#include "common/json/json_writer.hpp"
#include "sandbox/timestamp.hpp"

#include <stdexcept>

namespace otp::sandbox {

inbox::inbox(std::size_t most) : most_(most) {
    if (most == 0)
        throw std::invalid_argument("an inbox must hold at least one message");
}

void inbox::add(message_ptr what) {
    if (entries_.size() == most_)
        drop_oldest();
    const auto number = first_ + entries_.size();
    // Verify sends a pending verification again by the same id: the newest is found by it. The key
    // lies in the message, so it is made anew.
    by_id_.erase(what->id);
    by_id_.emplace(what->id, number);
    auto& newest = newest_to_[what->to];
    entries_.push_back({std::move(what), newest});
    newest = number;
}

void inbox::drop_oldest() {
    const auto& oldest = entries_.front();
    if (const auto known = by_id_.find(oldest.what->id); known->second == first_)
        by_id_.erase(known);
    if (const auto newest = newest_to_.find(oldest.what->to); newest->second == first_)
        newest_to_.erase(newest);
    entries_.pop_front();
    ++first_;
}

message_ptr inbox::find(std::string_view id) const {
    const auto found = by_id_.find(id);
    return found == by_id_.end() ? nullptr : at(found->second).what;
}

std::uint64_t inbox::number_of(std::string_view id, std::uint64_t otherwise) const {
    const auto found = by_id_.find(id);
    return found == by_id_.end() ? otherwise : found->second;
}

selected inbox::select(const selection& wanted) const {
    const auto end = number_of(wanted.before, first_ + entries_.size());
    const auto least = number_of(wanted.after, first_ - 1) + 1;
    const bool by_number = !wanted.to.empty();
    selected found;
    auto number = end - 1;
    if (by_number) {
        const auto newest = newest_to_.find(wanted.to);
        number = newest == newest_to_.end() ? none : newest->second;
    }
    while (number >= least) {
        const auto& here = at(number);
        if (number < end && (!wanted.matches || wanted.matches(*here.what))) {
            if (found.messages.size() < wanted.limit)
                found.messages.push_back(here.what);
            else if (wanted.matches)
                break;
            else if (!by_number) {
                found.total = end - least;
                break;
            }
            ++found.total;
        }
        number = by_number ? here.older : number - 1;
    }
    return found;
}

std::string e164_of(std::string_view text) {
    std::string number;
    for (const char c : text)
        if (is_digit(c))
            number += c;
    return number.empty() ? number : "+" + number;
}

namespace {

std::string entry_json(const message& entry, moment now, std::chrono::milliseconds pace) {
    json_writer json;
    json.member("at", rfc3339(entry.at))
        .member("provider", provider_name(entry.by))
        .member("channel", to_string(entry.via))
        .member("to", entry.to)
        .member("from", entry.from)
        .member("text", entry.text)
        .member("message_id", entry.id)
        .member("status", to_string(status_at(entry, now, pace)));
    return json.take();
}

}  // namespace

std::string inbox_json(const selected& what, moment now, std::chrono::milliseconds pace) {
    std::string array = "[";
    for (const auto& entry : what.messages) {
        if (array.size() > 1)
            array += ',';
        array += entry_json(*entry, now, pace);
    }
    return array + "]";
}

}  // namespace otp::sandbox
