#include "worker/delivery/provider_lines.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace otp {

namespace {

using clock = std::chrono::steady_clock;

lane lane_of(const provider& codec) {
    return {std::string(codec.name()), codec.by()};
}

}  // namespace

provider_lines::provider_lines(
    boost::asio::any_io_executor executor,
    std::vector<std::unique_ptr<provider>> providers,
    route_table preferred,
    const way_to_providers& way,
    const limits_of_lane& limits
)
    : preferred_(std::move(preferred)) {
    // Lines of one origin share its connections: as many as all of them may use at once.
    std::map<std::string, std::size_t> connections;
    for (const auto& codec : providers)
        connections[codec->origin()] += limits(lane_of(*codec)).most_in_flight;
    std::map<std::string, std::shared_ptr<http::client>> clients;
    for (auto& codec : providers) {
        auto& client = clients[codec->origin()];
        if (!client) {
            http::client_options options;
            options.base_url = codec->origin();
            options.ca_file = way.ca_file;
            options.through = way.through;
            options.most_connections = connections.at(codec->origin());
            client = std::make_shared<http::client>(executor, std::move(options));
        }
        const lane what = lane_of(*codec);
        lines_.push_back(std::make_unique<provider_line>(
            provider_line{what, std::move(codec), client, gate(limits(what))}
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
