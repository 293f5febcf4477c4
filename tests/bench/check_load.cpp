#include "tests/bench/check_load.hpp"

#include <algorithm>
#include <sstream>
#include <utility>

namespace otp::bench {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::microseconds tick{500};
constexpr std::chrono::milliseconds tenth{100};
// At a rate, the first seconds warm the server up.
constexpr std::chrono::seconds warming{1};

using duration = std::chrono::steady_clock::duration;

double milliseconds(duration span) {
    return std::chrono::duration<double, std::milli>(span).count();
}

// Sorts them.
double percentile(std::vector<duration>& spans, double share) {
    if (spans.empty())
        return 0;
    std::sort(spans.begin(), spans.end());
    const auto place = static_cast<std::size_t>(share * static_cast<double>(spans.size() - 1));
    return milliseconds(spans[place]);
}

}  // namespace

check_load::check_load(
    asio::any_io_executor executor,
    load_settings settings,
    std::vector<check_item> items
)
    : settings_(std::move(settings)),
      items_(std::move(items)),
      client_(executor, settings_.server),
      timer_(executor) {
    answers_.reserve(items_.size());
}

void check_load::start() {
    client_.dial(settings_.connections);
    began_ = clock::now();
    if (settings_.rate > 0)
        return ask_those_due();
    for (std::size_t i = 0; i < settings_.connections && asked_ < items_.size(); ++i)
        ask(clock::now());
}

check_load::clock::time_point check_load::due(std::size_t item) const {
    const std::chrono::duration<double> after(static_cast<double>(item) / settings_.rate);
    return began_ + std::chrono::duration_cast<clock::duration>(after);
}

void check_load::ask_those_due() {
    const auto now = clock::now();
    while (busy_ < settings_.connections && asked_ < items_.size() && due(asked_) <= now)
        ask(due(asked_));
    if (asked_ == items_.size())
        return;
    timer_.expires_after(tick);
    timer_.async_wait([this](const boost::system::error_code&) { ask_those_due(); });
}

void check_load::ask(clock::time_point since) {
    const check_item& item = items_[asked_++];
    ++busy_;
    const std::string body =
        "{\"to\":\"" + item.number + "\",\"purpose\":\"login\",\"code\":\"" + item.code + "\"}";
    std::string request = "POST /v1/check HTTP/1.1\r\nHost: 127.0.0.1\r\n";
    if (!settings_.key.empty())
        request += "Authorization: Bearer " + settings_.key + "\r\n";
    request += "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
               "\r\n\r\n" + body;
    client_.ask(request, [this, since](unsigned status, std::string_view answer) {
        take(status, answer, since);
    });
}

void check_load::take(unsigned status, std::string_view body, clock::time_point since) {
    const auto now = clock::now();
    --busy_;
    answers_.push_back({now, now - since});
    if (status != 200)
        ++others_[status];
    else if (body.find("\"valid\":true") != std::string_view::npos)
        ++valid_;
    else
        ++wrong_;
    if (settings_.rate == 0 && asked_ < items_.size())
        ask(now);
}

std::string check_load::report() const {
    const auto end = answers_.empty() ? began_ : answers_.back().at;
    const auto from = settings_.rate > 0 ? began_ + warming : began_;
    std::vector<duration> all;
    std::vector<std::vector<duration>> by_tenth;
    for (const auto& one : answers_) {
        if (one.at >= from)
            all.push_back(one.took);
        const auto place = static_cast<std::size_t>((one.at - began_) / tenth);
        by_tenth.resize(std::max(by_tenth.size(), place + 1));
        by_tenth[place].push_back(one.took);
    }
    std::ostringstream text;
    text << "{\"asked\":" << answers_.size() << ",\"valid\":" << valid_ << ",\"wrong\":" << wrong_
         << ",\"others\":{";
    for (auto other = others_.begin(); other != others_.end(); ++other)
        text << (other == others_.begin() ? "" : ",") << '"' << other->first
             << "\":" << other->second;
    text << "},\"seconds\":" << milliseconds(end - began_) / 1000
         << ",\"p50_ms\":" << percentile(all, 0.5) << ",\"p99_ms\":" << percentile(all, 0.99)
         << ",\"series\":[";
    for (std::size_t i = 0; i < by_tenth.size(); ++i) {
        const auto count = by_tenth[i].size();
        text << (i == 0 ? "[" : ",[") << count << ',' << percentile(by_tenth[i], 0.99) << ']';
    }
    text << "]}";
    return text.str();
}

}  // namespace otp::bench
