#include "tests/bench/stub.hpp"

#include <charconv>
#include <cstdio>

namespace otp::bench {

namespace {

constexpr std::int64_t tenth = 100'000;  // microseconds

std::int64_t unix_microseconds() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

std::uint64_t number_in(std::string_view text) {
    std::uint64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

std::string ok(const std::string& json) {
    return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " +
           std::to_string(json.size()) + "\r\n\r\n" + json;
}

}  // namespace

void stub::handle(const link_ptr& from, const wire_message& request) {
    if (request.start.starts_with("POST /2010-04-01/"))
        take(from, request.body);
    else if (request.start.starts_with("POST /reset"))
        from->answer((reset(request.start), ok("{}")));
    else if (request.start.starts_with("GET /counts"))
        from->answer(ok(counts()));
    else if (request.start.starts_with("GET /series"))
        from->answer(ok(series()));
    else
        from->answer("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
}

void stub::take(const link_ptr& from, std::string_view body) {
    count(body);
    if (latency_.count() == 0)
        return accept(from);
    late_.push_back({clock::now() + latency_, from});
    if (late_.size() == 1)
        answer_those_due();
}

void stub::count(std::string_view body) {
    ++posts_;
    numbers_.add(number_in(between(body, "To=%2B", '&')));
    last_ = unix_microseconds();
    if (first_ == 0)
        first_ = last_;
    const auto place = static_cast<std::size_t>((last_ - first_) / tenth);
    if (per_tenth_.size() <= place)
        per_tenth_.resize(place + 1);
    ++per_tenth_[place];
}

// All wait for the same time, so they are due in the order they came.
void stub::answer_those_due() {
    const auto now = clock::now();
    while (!late_.empty() && late_.front().due <= now) {
        accept(late_.front().to);
        late_.pop_front();
    }
    if (late_.empty())
        return;
    timer_.expires_at(late_.front().due);
    timer_.async_wait([this](const boost::system::error_code& error) {
        if (!error)
            answer_those_due();
    });
}

void stub::accept(const link_ptr& from) {
    char text[160];
    const int size = std::snprintf(
        text,
        sizeof text,
        "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: 44\r\n\r\n"
        "{\"sid\":\"SM%032llx\"}",
        static_cast<unsigned long long>(++sids_)
    );
    from->answer({text, static_cast<std::size_t>(size)});
}

void stub::reset(std::string_view start) {
    latency_ = std::chrono::milliseconds(number_in(between(start, "latency=", ' ')));
    numbers_ = number_set();
    posts_ = 0;
    first_ = last_ = 0;
    per_tenth_.clear();
}

std::string stub::counts() const {
    return "{\"posts\":" + std::to_string(posts_) +
           ",\"numbers\":" + std::to_string(numbers_.size()) +
           ",\"first_us\":" + std::to_string(first_) + ",\"last_us\":" + std::to_string(last_) +
           "}";
}

std::string stub::series() const {
    std::string text = "[";
    for (const auto count : per_tenth_)
        text.append(text.size() == 1 ? "" : ",").append(std::to_string(count));
    return text + "]";
}

}  // namespace otp::bench
