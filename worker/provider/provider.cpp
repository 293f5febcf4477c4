#include "worker/provider/provider.hpp"

namespace otp {

std::string callback_url_of(
    const std::string& base,
    std::string_view provider,
    const uuid& request_id,
    int attempt
) {
    if (base.empty())
        return {};
    return base + "/webhooks/" + std::string(provider) + "/" + to_string(request_id) + "/" +
           std::to_string(attempt);
}

std::optional<http::request> provider::build_preparation(const message&) const {
    return std::nullopt;
}

std::optional<outcome> provider::read_preparation(const http::call_result&) const {
    return std::nullopt;
}

std::optional<http::request> provider::build_look_up(const doubtful&) const {
    return std::nullopt;
}

std::optional<outcome> provider::read_look_up(const http::call_result&, const doubtful&) const {
    return std::nullopt;
}

}  // namespace otp
