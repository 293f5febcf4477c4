#include "ctl/run.hpp"

#include "common/amqp/url.hpp"
#include "common/async/run.hpp"
#include "common/config/program.hpp"
#include "common/postgres/connect.hpp"

#include <boost/asio/io_context.hpp>

#include <algorithm>

namespace otp {

namespace asio = boost::asio;

void run_to_end(std::function<asio::awaitable<void>()> work) {
    asio::io_context context(1);
    otp::run_to_end(context, work);
}

asio::awaitable<postgres::connection> connect_database(settings& from) {
    const secret url = from.required_secret("DATABASE_URL");
    require_sound(from);
    postgres::connect_options options;
    options.application_name = "otpctl";
    const deadline at = startup_end(from);
    for (;;) {
        auto opened = co_await postgres::connect(url, options, at);
        if (opened)
            co_return std::move(*opened);
        if (std::chrono::steady_clock::now() + std::chrono::milliseconds(250) >= at)
            throw exit_with(
                exit_code::unavailable,
                "PostgreSQL cannot be reached: " + opened.error().text()
            );
        co_await sleep_for(std::chrono::milliseconds(250));
    }
}

amqp::connection_options broker_options(settings& from) {
    const secret url = from.required_secret("AMQP_URL");
    amqp::connection_options options;
    options.ca_file = from.text("AMQP_CA_FILE");
    options.connection_name = "otpctl";
    require_sound(from);
    auto brokers = amqp::parse_urls(url.reveal());
    if (!brokers)
        throw exit_with(exit_code::configuration, "AMQP_URL: " + brokers.error());
    options.brokers = std::move(*brokers);
    return options;
}

deadline startup_end(settings& from) {
    const auto wait = std::chrono::seconds(from.whole("OTP_STARTUP_WAIT_SECONDS", 0, 3600, 60));
    return std::chrono::steady_clock::now() + std::max(wait, std::chrono::seconds(1));
}

void require_sound(const settings& from) {
    if (from.faults().empty())
        return;
    std::string all;
    for (const auto& fault : from.faults())
        all += (all.empty() ? "" : "\n") + fault;
    throw exit_with(exit_code::configuration, all);
}

}  // namespace otp
