#include "worker/delivery/provider_lines.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace otp {

namespace {

using clock = std::chrono::steady_clock;

}  // namespace

provider_lines::provider_lines(
    boost::asio::any_io_executor executor,
    std::vector<std::unique_ptr<provider>> providers,
    route_table preferred,
    const std::string& ca_file,
    std::size_t in_flight_cap
)
    : preferred_(std::move(preferred)) {
    std::map<std::string, std::shared_ptr<http::client>> clients;
    for (auto& codec : providers) {
        auto& client = clients[codec->origin()];
        if (!client) {
            http::client_options options;
            options.base_url = codec->origin();
            options.ca_file = ca_file;
            options.most_connections = in_flight_cap;
            client = std::make_shared<http::client>(executor, std::move(options));
        }
        gate_limits limits;
        limits.most_in_flight = in_flight_cap;
        const lane what{std::string(codec->name()), codec->by()};
        lines_.push_back(std::make_unique<provider_line>(
            provider_line{what, std::move(codec), client, gate(limits)}
        ));
    }
}

route_result provider_lines::route_for(const std::vector<channel>& wanted) const {
    return route(preferred_, wanted, [this](const lane& asked) {
        const auto found = std::find_if(lines_.begin(), lines_.end(), [&](const auto& line) {
            return line->what == asked;
        });
        return (*found)->entrance.wait(clock::now());
    });
}

provider_line* provider_lines::find(std::string_view provider, std::string_view channel) {
    for (const auto& line : lines_)
        if (line->what.provider == provider && to_string(line->what.by) == channel)
            return line.get();
    return nullptr;
}

bool provider_lines::any_closed_breaker() const {
    return std::any_of(lines_.begin(), lines_.end(), [](const auto& line) {
        return !line->entrance.is_open();
    });
}

place::place(provider_line& on) : line_(&on), call_(on.entrance.begin(clock::now())) {}

place::place(place&& other) noexcept
    : line_(std::exchange(other.line_, nullptr)),
      call_(other.call_) {}

place& place::operator=(place&& other) noexcept {
    if (this != &other) {
        abandon();
        line_ = std::exchange(other.line_, nullptr);
        call_ = other.call_;
    }
    return *this;
}

void place::end(const outcome& how) {
    if (auto* line = std::exchange(line_, nullptr))
        line->entrance.end(call_, how, clock::now());
}

void place::abandon() noexcept {
    if (auto* line = std::exchange(line_, nullptr))
        line->entrance.abandon(call_);
}

}  // namespace otp
