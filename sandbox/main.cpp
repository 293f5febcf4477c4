#include "common/async/task_group.hpp"
#include "common/config/program.hpp"
#include "common/core/random.hpp"
#include "common/log/left_out_watch.hpp"
#include "common/log/log.hpp"
#include "sandbox/site.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <array>
#include <csignal>
#include <cstring>
#include <memory>
#include <sstream>

namespace asio = boost::asio;
using namespace otp;
using namespace otp::sandbox;
using namespace std::chrono_literals;

namespace {

std::uint64_t random_seed() {
    std::array<std::uint8_t, sizeof(std::uint64_t)> bytes{};
    fill_random(bytes);
    std::uint64_t seed = 0;
    std::memcpy(&seed, bytes.data(), sizeof seed);
    return seed;
}

http::server_options server_options_with(std::string certificate_file, std::string key_file) {
    http::server_options options;
    options.most_header_bytes = 16'384;  // the SMS gateway takes texts in the query
    options.most_body_bytes = 65'536;
    options.handler_timeout = 2min + 10min;  // silence, and the longest latency
    options.certificate_file = std::move(certificate_file);
    options.key_file = std::move(key_file);
    options.error_body = site::error_body;
    return options;
}

receipt_options receipt_options_of(const sandbox_settings& from) {
    receipt_options options;
    options.pace = from.receipt_delay;
    options.ca_file = from.ca_file;
    if (from.twilio) {
        options.account_sid = from.twilio->sid;
        options.auth_token = from.twilio->auth_token.clone();
    }
    if (from.whatsapp)
        options.gupshup_app = from.whatsapp->name.empty() ? "sandbox" : from.whatsapp->name;
    return options;
}

std::unique_ptr<receipt_sender> receipts_with(
    asio::io_context& context,
    const sandbox_settings& settings
) {
    try {
        return std::make_unique<receipt_sender>(
            context.get_executor(),
            receipt_options_of(settings)
        );
    } catch (const std::invalid_argument& e) {
        throw exit_with(exit_code::configuration, e.what());
    }
}

std::unique_ptr<http::server> listening(
    asio::io_context& context,
    site& serves,
    const std::string& address,
    http::server_options options
) {
    const bool tls = !options.certificate_file.empty();
    try {
        auto server = std::make_unique<http::server>(
            context.get_executor(),
            serves.routes(),
            std::move(options)
        );
        server->on_error = [](std::string_view what) {
            log::error("request_failed").with("error", what);
        };
        server->listen(address);
        std::ostringstream local;
        local << server->local();
        log::info("listening").with("address", local.str()).with("tls", tls);
        if (!server->local().address().is_loopback())
            log::warning("listening_beyond_loopback").with("address", local.str());
        return server;
    } catch (const std::exception& e) {
        throw exit_with(exit_code::configuration, e.what());
    }
}

using servers = std::vector<std::unique_ptr<http::server>>;

// Until a signal comes. What ends before it is asked to, ends by a bug: the rest is stopped with
// it, and what it threw is thrown.
void run_until_signal(asio::io_context& context, servers& all, receipt_sender& receipts) {
    task_group serving(context.get_executor());
    task_group posting(context.get_executor());
    task_group life(context.get_executor());
    asio::signal_set signals(context, SIGINT, SIGTERM);
    std::exception_ptr failure;
    const auto stop = [&] {
        for (auto& server : all)
            server->stop();
        posting.cancel();
    };
    for (auto& server : all)
        serving.spawn([&server] { return server->run(1s); });
    posting.spawn([&receipts] { return receipts.run(); });
    posting.spawn([] { return tell_left_out_lines(); });
    signals.async_wait([&](const boost::system::error_code& error, int) {
        if (!error)
            stop();
    });
    for (auto* group : {&serving, &posting})
        life.spawn([&, group]() -> asio::awaitable<void> {
            try {
                co_await group->join();
            } catch (const std::exception&) {
                failure = std::current_exception();
            }
            stop();
            signals.cancel();
        });
    context.run();
    if (failure)
        std::rethrow_exception(failure);
}

exit_code serve(sandbox_settings& settings) {
    asio::io_context context(1);
    const auto receipts = receipts_with(context, settings);
    const auto tls_address = settings.tls_listen;
    const auto plain_options = server_options_with({}, {});
    const auto tls_options =
        server_options_with(settings.tls_certificate_file, settings.tls_key_file);
    const auto address = settings.listen;
    site serves(std::move(settings), *receipts, random_seed());

    servers all;
    all.push_back(listening(context, serves, address, plain_options));
    if (!tls_address.empty())
        all.push_back(listening(context, serves, tls_address, tls_options));
    run_until_signal(context, all, *receipts);
    return exit_code::fine;
}

}  // namespace

int main(int argc, char** argv) {
    const program sandbox{
        "otp-sandbox",
        "Stands in for Twilio and Gupshup on a developer's machine: the same requests, the same\n"
        "errors, signed receipts, and an inbox to look at. It shows one-time codes to whoever can\n"
        "reach it: keep it on loopback.",
        setting_reader::sandbox,
        [](settings& from) -> std::function<exit_code()> {
            auto own = std::make_shared<sandbox_settings>(read_sandbox_settings(from));
            return [own] { return serve(*own); };
        },
    };
    return run_program(sandbox, argc, argv);
}
