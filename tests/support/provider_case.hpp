#pragma once

#include "worker/provider/provider.hpp"

#include <algorithm>
#include <initializer_list>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace otp::test {

inline constexpr std::string_view number_digits = "14155550100";
inline constexpr std::string_view code_digits = "804271";
inline constexpr std::string_view text_words = "<#> 804271 is your Acme+Co code & more";

inline std::vector<secret> secrets_of(std::initializer_list<std::string_view> texts) {
    return {texts.begin(), texts.end()};
}

// One text, ready to be sent.
inline message one_message() {
    return {
        .request_id = parse_uuid("018f6f5e-7d3c-7a43-9d0f-5b1c2a3d4e5f").value(),
        .attempt = 2,
        .to = *phone_number::from_e164("+14155550100"),
        .text = secret(text_words),
        .code = secret(code_digits),
        .parameters = secrets_of({code_digits}),
        .validity = std::chrono::seconds(287),
        .callback_url =
            "https://otp.example/webhooks/twilio/018f6f5e-7d3c-7a43-9d0f-5b1c2a3d4e5f/2"};
}

inline http::call_result answered(unsigned status, std::string_view body) {
    http::answer answer;
    answer.status = status;
    answer.body = secret(body);
    return answer;
}

inline http::call_result failed(
    http::call_failure::certainty sent,
    std::optional<unsigned> status = std::nullopt
) {
    http::call_failure failure;
    failure.sent = sent;
    failure.text = "connect: connection refused";
    failure.status = status;
    return failure;
}

// The fields of a form, decoded. Throws on anything that is no form, or names a field twice.
inline std::map<std::string, std::string> fields_of(const http::request& request) {
    const auto decoded = [](std::string_view text) {
        std::string plain;
        for (std::size_t i = 0; i < text.size(); ++i) {
            if (text[i] == '%') {
                plain +=
                    static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
                i += 2;
            } else {
                plain += text[i] == '+' ? ' ' : text[i];
            }
        }
        return plain;
    };
    std::map<std::string, std::string> fields;
    std::string_view rest = request.body.reveal();
    while (!rest.empty()) {
        const std::string_view pair = rest.substr(0, rest.find('&'));
        const std::size_t equals = pair.find('=');
        if (equals == std::string_view::npos)
            throw std::runtime_error("a form field without =");
        if (!fields.emplace(decoded(pair.substr(0, equals)), decoded(pair.substr(equals + 1)))
                 .second)
            throw std::runtime_error("a form field stands twice");
        rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
    }
    return fields;
}

}  // namespace otp::test
