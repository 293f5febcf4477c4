#pragma once

#include "common/http/client.hpp"
#include "worker/delivery/line_changes.hpp"
#include "worker/policy/gate.hpp"
#include "worker/policy/lane.hpp"
#include "worker/policy/route.hpp"
#include "worker/provider/provider.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace otp {

// One provider on one channel with what it takes to call it: its codec, its connections, its gate.
struct provider_line {
    lane what;
    std::unique_ptr<provider> codec;
    std::shared_ptr<http::client> client;  // lines of one origin share it
    gate entrance;
};

// What is allowed on a lane, in this process.
using limits_of_lane = std::function<gate_limits(const lane&)>;

// What all calls share.
struct way_to_providers {
    std::string ca_file;                              // PEM; empty: the system's
    std::shared_ptr<const http::proxy> through = {};  // null: directly
};

// The providers of this process. One thread.
class provider_lines {
public:
    // Throws std::invalid_argument for a bad URL or CA file.
    provider_lines(
        boost::asio::any_io_executor executor,
        std::vector<std::unique_ptr<provider>> providers,
        route_tables preferred,
        const way_to_providers& way,
        const limits_of_lane& limits
    );

    // Puts others in their place, but for those of which no setting has `changed`. Calls under way
    // end on the line they began on, which lives that long. Throws as the constructor does; then
    // nothing has changed.
    line_changes replace(
        std::vector<std::unique_ptr<provider>> providers,
        route_tables preferred,
        const way_to_providers& way,
        const limits_of_lane& limits,
        const std::vector<std::string>& changed
    );

    // `country`: of the number, ISO 3166.
    route_result route_for(const std::vector<channel>& wanted, std::string_view country) const;
    // What a job goes by that names no channel; empty: nobody serves that country.
    std::optional<channel> default_channel(std::string_view country) const;
    // Null: there is none, any more or yet. Whoever waits for a call on it keeps it.
    std::shared_ptr<provider_line> find(std::string_view provider, std::string_view channel) const;
    std::shared_ptr<provider_line> find(const lane& one) const {
        return find(one.provider, to_string(one.by));
    }

    // For readiness.
    bool any_closed_breaker() const;
    const std::vector<std::shared_ptr<provider_line>>& all() const { return lines_; }

private:
    boost::asio::any_io_executor executor_;
    std::vector<std::shared_ptr<provider_line>> lines_;
    route_tables preferred_;
};

// A place for one call on a line, taken when the job is routed and given back with the outcome, or
// unused.
class place {
public:
    place() = default;
    explicit place(std::shared_ptr<provider_line> on);
    place(place&& other) noexcept;
    place& operator=(place&& other) noexcept;
    ~place() { abandon(); }

    const std::shared_ptr<provider_line>& line() const noexcept { return line_; }
    void end(const outcome& how);
    void abandon() noexcept;

private:
    std::shared_ptr<provider_line> line_;
    breaker::call call_;
};

}  // namespace otp
