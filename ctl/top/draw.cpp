#include "ctl/top/draw.hpp"

#include "common/core/rfc3339.hpp"

#include <algorithm>

namespace otp {

namespace {

constexpr std::string_view red = "31";
constexpr std::string_view yellow = "33";
constexpr std::string_view bold = "1";
constexpr int old_seconds = 30;

std::string padded(std::string text, std::size_t width) {
    text.resize(std::max(width, text.size()), ' ');
    return text;
}

std::string right(const std::string& text, std::size_t width) {
    return std::string(width - std::min(width, text.size()), ' ') + text;
}

std::string right(std::int64_t number, std::size_t width) {
    return right(std::to_string(number), width);
}

// As much as fits into `width` columns, cut between characters of UTF-8. One of three bytes or more
// may be as wide as two letters.
std::string_view front_of(std::string_view text, std::size_t width) {
    std::size_t columns = 0;
    for (std::size_t at = 0; at != text.size(); ++at) {
        const auto byte = static_cast<unsigned char>(text[at]);
        const bool begins_one = (byte & 0xC0) != 0x80;
        if (begins_one)
            columns += byte >= 0xE0 ? 2 : 1;
        if (columns > width)
            return text.substr(0, at);
    }
    return text;
}

// Lines of one drawing, cut to its width; colours take no room.
class page {
public:
    explicit page(const drawing& on) : on_(on) {}

    void line(std::string_view text, std::string_view colour = {}) {
        if (on_.height != 0 && lines_ + 1 >= on_.height)
            return;
        const std::string fitting(front_of(text, on_.width));
        ++lines_;
        if (on_.colour && !colour.empty())
            text_ += "\x1b[" + std::string(colour) + "m" + fitting + "\x1b[0m\n";
        else
            text_ += fitting + "\n";
    }

    std::string take() { return std::move(text_); }

private:
    const drawing& on_;
    std::string text_;
    std::size_t lines_ = 0;
};

std::string share(std::int64_t part, std::int64_t all) {
    return all == 0 ? "-" : std::to_string(part * 100 / all) + "%";
}

std::string milliseconds(const std::optional<int>& value) {
    return value ? std::to_string(*value) + " ms" : "-";
}

bool is_ill(const top_lane& one) {
    return one.calls >= 10 && one.accepted * 10 < one.calls * 9;
}

void draw_pauses(page& to, const top_view& of) {
    for (const auto& one : of.pauses)
        to.line(
            "PAUSED " + one.kind + " " + one.name + " since " +
                format_rfc3339(std::chrono::floor<std::chrono::seconds>(one.since)).substr(0, 19) +
                " by " + one.by_whom + ": " + one.reason,
            yellow
        );
}

void draw_queues(page& to, const top_view& of) {
    if (of.queues.empty())
        return;
    to.line("");
    to.line(padded("QUEUE", 24) + right("READY", 10) + right("CONSUMERS", 12), bold);
    for (const auto& one : of.queues) {
        if (!one.fault.empty()) {
            to.line(padded(one.name, 24) + "  " + one.fault, red);
            continue;
        }
        const bool is_work = !one.name.starts_with("otp.retry.") && one.name != "otp.dead";
        const bool bad =
            (is_work && one.consumers == 0) || (one.name == "otp.dead" && one.ready > 0);
        to.line(
            padded(one.name, 24) + right(one.ready, 10) +
                (is_work ? right(one.consumers, 12) : std::string()),
            bad ? red : std::string_view()
        );
    }
}

void draw_statuses(page& to, const top_view& of) {
    to.line("");
    std::int64_t all = 0;
    std::string text;
    for (const auto& one : of.statuses) {
        all += one.requests;
        text += "  " + one.status + " " + std::to_string(one.requests);
    }
    to.line("REQUESTS of the last minute: " + std::to_string(all) + text, bold);
    if (of.oldest_open)
        to.line(
            "oldest that has not ended: " + std::to_string(of.oldest_open->count()) + " s",
            of.oldest_open->count() > old_seconds ? red : std::string_view()
        );
}

void draw_lanes(page& to, const top_view& of) {
    to.line("");
    to.line(
        padded("PROVIDER", 18) + right("CALLS", 7) + right("ACCEPT", 8) + right("REFUSE", 8) +
            right("UNSENT", 8) + right("DOUBT", 7) + right("DELIV", 7) + right("MEDIAN", 9) +
            right("95 %", 9) + "  BREAKER",
        bold
    );
    for (const auto& one : of.lanes) {
        const std::string breaker = !one.opened_by.empty() ? "open by " + one.opened_by
                                    : one.open_at != 0
                                        ? "open at " + std::to_string(one.open_at) + " workers"
                                        : "closed";
        to.line(
            padded(one.provider + "/" + one.channel, 18) + right(one.calls, 7) +
                right(share(one.accepted, one.calls), 8) + right(share(one.refused, one.calls), 8) +
                right(share(one.not_sent, one.calls), 8) +
                right(share(one.in_doubt, one.calls), 7) +
                right(share(one.delivered, one.calls), 7) + right(milliseconds(one.median_ms), 9) +
                right(milliseconds(one.slow_ms), 9) + "  " + breaker,
            is_ill(one) || !one.opened_by.empty() || one.open_at != 0 ? red : std::string_view()
        );
    }
    if (of.lanes.empty())
        to.line("no calls in the last minute");
}

void draw_workers(page& to, const top_view& of) {
    if (of.workers.empty())
        return;
    to.line("");
    to.line(
        padded("WORKER", 34) + padded("READY", 8) + right("IN FLIGHT", 10) + right("WAITING", 10) +
            right("UNACKED", 10) + right("OLDEST", 10),
        bold
    );
    for (const auto& one : of.workers) {
        if (!one.fault.empty()) {
            to.line(padded(one.url, 34) + one.fault, red);
            continue;
        }
        to.line(
            padded(one.url, 34) + padded(one.ready ? "yes" : "no", 8) + right(one.in_flight, 10) +
                right(one.waiting, 10) + right(one.unacknowledged, 10) +
                right(std::to_string(static_cast<int>(one.oldest_seconds)) + " s", 10),
            one.ready ? std::string_view() : red
        );
    }
}

}  // namespace

std::string draw_top(const top_view& of, const drawing& on) {
    page to(on);
    to.line(
        "otpctl top  " +
            format_rfc3339(std::chrono::floor<std::chrono::seconds>(of.at)).substr(0, 19) + "Z",
        bold
    );
    for (const auto& fault : of.faults)
        to.line("! " + fault, red);
    draw_pauses(to, of);
    draw_queues(to, of);
    draw_statuses(to, of);
    draw_lanes(to, of);
    draw_workers(to, of);
    return to.take();
}

}  // namespace otp
