#include "common/http/client.hpp"
#include "common/http/url.hpp"
#include "common/net/loopback.hpp"
#include "ctl/doctor/checks.hpp"
#include "ctl/doctor/remedies.hpp"

#include <boost/asio/this_coro.hpp>

#include <stdexcept>

namespace otp {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::seconds call_limit_here{8};

// Without credentials: whatever it answers, it is there, and its certificate is good.
asio::awaitable<http::call_result> call(
    const examined_settings& of,
    http::url to,
    std::string target
) {
    http::client_options options;
    options.base_url = to.origin();
    options.ca_file = of.ca_file;
    http::client client(co_await asio::this_coro::executor, std::move(options));
    http::request request;
    request.method = "GET";
    request.target = std::move(target);
    co_return co_await client.call(request, std::chrono::steady_clock::now() + call_limit_here);
}

// `setting` names the URL.
asio::awaitable<void> reach(
    const examined_settings& of,
    std::string setting,
    std::string url,
    findings& into
) {
    const auto to = http::parse_url(url);
    if (!to)
        co_return;  // told with the settings
    if (to->scheme != "https" && !net::is_loopback(to->host))
        into.fault(
            "providers",
            setting + " is plain http: codes and credentials could be read on the way",
            "set " + setting + " to its https:// form"
        );
    const auto answer = co_await call(of, *to, "/");
    // What came to nothing after it was written came from somebody who is there.
    if (!answer && answer.error().sent == http::call_failure::certainty::not_sent)
        into.fault(
            "providers",
            setting + ": " + answer.error().text,
            remedy_of_call(answer.error().text, setting)
        );
    else
        into.fine("providers", setting + " can be reached");
}

asio::awaitable<void> reach_callback(const examined_settings& of, findings& into) {
    const auto to = http::parse_url(of.callback_url);
    if (!to) {
        into.fault(
            "callback",
            "OTP_CALLBACK_URL: " + to.error().text,
            remedy_of_setting("OTP_CALLBACK_URL")
        );
        co_return;
    }
    if (to->scheme != "https")
        into.warn(
            "callback",
            "OTP_CALLBACK_URL is plain http: receipts and Gupshup's secret can be read on the way",
            "put TLS before otp-verify, and set OTP_CALLBACK_URL to https://"
        );
    if (net::is_loopback(to->host))
        into.warn(
            "callback",
            "OTP_CALLBACK_URL is on loopback: no provider but the sandbox reaches it",
            "set it to the public base URL of otp-verify"
        );
    const auto base = to->target == "/" ? std::string() : to->target;
    const auto answer = co_await call(of, *to, base + "/livez");
    if (!answer)
        into.fault(
            "callback",
            "OTP_CALLBACK_URL: " + answer.error().text,
            remedy_of_call(answer.error().text, "OTP_CALLBACK_URL")
        );
    else if (answer->status != 200)
        into.fault(
            "callback",
            "OTP_CALLBACK_URL: /livez there answers " + std::to_string(answer->status) +
                ": it is not otp-verify",
            "let the proxy pass /webhooks/ and /livez on to otp-verify, with their paths as they "
            "are"
        );
    else
        into.fine("callback", "otp-verify answers at OTP_CALLBACK_URL");
}

}  // namespace

asio::awaitable<void> check_urls(const examined_settings& of, findings& into) {
    try {
        for (const auto& [setting, url] : of.provider_urls)
            co_await reach(of, setting, url, into);
        if (!of.callback_url.empty())
            co_await reach_callback(of, into);
    } catch (const std::invalid_argument& e) {
        into.fault(
            "TLS",
            std::string("OTP_CA_FILE: ") + e.what(),
            "name a file of certificates in PEM, or leave OTP_CA_FILE out"
        );
    }
}

}  // namespace otp
