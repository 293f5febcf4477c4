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

std::vector<lane> lanes_of(const std::vector<std::unique_ptr<provider>>& codecs) {
    std::vector<lane> lanes;
    for (const auto& codec : codecs)
        lanes.push_back(lane_of(*codec));
    return lanes;
}

std::vector<lane> lanes_of(const std::vector<std::shared_ptr<provider_line>>& lines) {
    std::vector<lane> lanes;
    for (const auto& line : lines)
        lanes.push_back(line->what);
    return lanes;
}

// By origin: one for each, with as many connections as are asked for.
std::map<std::string, std::shared_ptr<http::client>> clients_of(
    const boost::asio::any_io_executor& executor,
    const way_to_providers& way,
    const std::map<std::string, std::size_t>& connections
) {
    std::map<std::string, std::shared_ptr<http::client>> clients;
    for (const auto& [origin, most] : connections) {
        http::client_options options;
        options.base_url = origin;
        options.ca_file = way.ca_file;
        options.through = way.through;
        options.most_connections = most;
        clients[origin] = std::make_shared<http::client>(executor, std::move(options));
    }
    return clients;
}

}  // namespace

provider_lines::provider_lines(
    boost::asio::any_io_executor executor,
    std::vector<std::unique_ptr<provider>> providers,
    route_tables preferred,
    const way_to_providers& way,
    const limits_of_lane& limits
)
    : executor_(std::move(executor)) {
    replace(std::move(providers), std::move(preferred), way, limits, {});
}

line_changes provider_lines::replace(
    std::vector<std::unique_ptr<provider>> providers,
    route_tables preferred,
    const way_to_providers& way,
    const limits_of_lane& limits,
    const std::vector<std::string>& changed
) {
    line_changes changes = changes_of_lines(lanes_of(lines_), lanes_of(providers), changed);
    std::vector<std::shared_ptr<provider_line>> lines;
    // New lines of one origin share its connections: as many as all of them may use at once.
    std::map<std::string, std::size_t> connections;
    for (const auto& codec : providers) {
        const lane what = lane_of(*codec);
        const bool stays = std::ranges::find(changes.kept, what) != changes.kept.end();
        lines.push_back(stays ? find(what) : nullptr);
        if (!stays)
            connections[codec->origin()] += limits(what).most_in_flight;
    }
    const auto clients = clients_of(executor_, way, connections);
    for (std::size_t i = 0; i < lines.size(); ++i) {
        if (lines[i])
            continue;
        const lane what = lane_of(*providers[i]);
        const auto& client = clients.at(providers[i]->origin());
        lines[i] = std::make_shared<provider_line>(
            provider_line{what, std::move(providers[i]), client, gate(limits(what))}
        );
    }
    lines_ = std::move(lines);
    preferred_ = std::move(preferred);
    return changes;
}

route_result provider_lines::route_for(const std::vector<channel>& wanted, std::string_view country)
    const {
    return route(preferred_.of(country), wanted, [this](const lane& asked) {
        const auto found = std::find_if(lines_.begin(), lines_.end(), [&](const auto& line) {
            return line->what == asked;
        });
        return (*found)->entrance.wait(clock::now());
    });
}

std::optional<channel> provider_lines::default_channel(std::string_view country) const {
    return first_channel_with_a_provider(preferred_.of(country));
}

std::shared_ptr<provider_line> provider_lines::find(
    std::string_view provider,
    std::string_view channel
) const {
    for (const auto& line : lines_)
        if (line->what.provider == provider && to_string(line->what.by) == channel)
            return line;
    return nullptr;
}

bool provider_lines::any_closed_breaker() const {
    return std::any_of(lines_.begin(), lines_.end(), [](const auto& line) {
        return !line->entrance.is_open();
    });
}

place::place(std::shared_ptr<provider_line> on)
    : line_(std::move(on)),
      call_(line_->entrance.begin(clock::now())) {}

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
    if (const auto line = std::exchange(line_, nullptr))
        line->entrance.end(call_, how, clock::now());
}

void place::abandon() noexcept {
    if (const auto line = std::exchange(line_, nullptr))
        line->entrance.abandon(call_);
}

}  // namespace otp
