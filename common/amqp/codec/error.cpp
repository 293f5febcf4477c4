#include "common/amqp/codec/error.hpp"

#include <utility>

namespace otp::amqp {

namespace {

constexpr int first_reply_code = 200;

class amqp_category final : public std::error_category {
public:
    const char* name() const noexcept override { return "amqp"; }

    std::string message(int value) const override {
        switch (static_cast<errc>(value)) {
        case errc::lost:
            return "connection lost";
        case errc::heartbeat_timeout:
            return "heartbeat timeout";
        case errc::protocol:
            return "protocol error";
        case errc::consumer_cancelled:
            return "consumer cancelled by the broker";
        case errc::stopped:
            return "stopped";
        case errc::timeout:
            return "timeout";
        case errc::tls:
            return "TLS";
        }
        return "broker reply " + std::to_string(value);
    }
};

}  // namespace

const std::error_category& category() noexcept {
    static const amqp_category instance;
    return instance;
}

std::error_code make_error_code(errc value) noexcept {
    return {static_cast<int>(value), category()};
}

error::error(std::error_code why, std::string detail) : code(why), text(std::move(detail)) {}

error::error(errc why, std::string detail) : error(make_error_code(why), std::move(detail)) {}

std::string error::what() const {
    if (!code)
        return text;
    if (code.category() != category())
        return text.empty() ? code.message() : text + ": " + code.message();
    if (code.value() >= first_reply_code)
        return std::to_string(code.value()) + ' ' + text;
    return text.empty() ? code.message() : code.message() + ": " + text;
}

error protocol_error(std::string what) {
    return {errc::protocol, std::move(what)};
}

error broker_reply(std::uint16_t code, std::string text) {
    // A close with a code below the range (0 is seen from proxies) is a failure all the same.
    if (code < first_reply_code)
        return {errc::lost, "closed by the broker with code " + std::to_string(code) + ": " + text};
    return {std::error_code(code, category()), std::move(text)};
}

}  // namespace otp::amqp
