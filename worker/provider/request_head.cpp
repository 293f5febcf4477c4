#include "worker/provider/request_head.hpp"

#include "common/core/base64.hpp"

#include <algorithm>
#include <cstddef>

namespace otp {

secret join_secret(std::initializer_list<std::string_view> parts) {
    std::size_t size = 0;
    for (const std::string_view part : parts)
        size += part.size();
    secret whole = secret::of_size(size);
    auto to = whole.bytes().begin();
    for (const std::string_view part : parts)
        to = std::ranges::copy(part, to).out;
    return whole;
}

secret request_head(std::string_view credential_line) {
    return join_secret(
        {"Accept: application/json\r\n"
         "Accept-Charset: utf-8\r\n"
         "User-Agent: otp-worker/" OTP_VERSION "\r\n",
         credential_line,
         credential_line.empty() ? "" : "\r\n"}
    );
}

secret form_request_head(std::string_view credential_line) {
    return join_secret(
        {"Content-Type: application/x-www-form-urlencoded\r\n",
         request_head(credential_line).reveal()}
    );
}

secret basic_authorization(std::string_view user, std::string_view password) {
    const secret pair = join_secret({user, ":", password});
    const secret encoded = base64(pair.reveal());
    return join_secret({"Authorization: Basic ", encoded.reveal()});
}

}  // namespace otp
