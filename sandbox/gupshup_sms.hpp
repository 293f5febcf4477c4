#pragma once

#include "common/core/secret.hpp"
#include "sandbox/answer.hpp"
#include "sandbox/ids.hpp"

#include <optional>
#include <string>

namespace otp::sandbox {

// What is empty is not compared: any well-formed value will do.
struct gupshup_gateway {
    std::string user_id;
    secret password;
    std::string mask;
    std::string entity_id;  // principalEntityId and dltTemplateId are asked for where they are set
    std::string template_id;  // and the text goes to India
    std::string webhook_url;  // where reports go; empty: nowhere
};

// Gupshup's enterprise SMS gateway: GET or POST /GatewayAPI/rest, method SendMessage. Errors come
// with HTTP 200, in the text form or in JSON as `format` asks. Without a gateway every request is
// refused with 103. The caller puts what is accepted in the inbox.
// https://docs.gupshup.io/docs/send-message-to-single-number
reply gupshup_sms_send(
    const std::optional<gupshup_gateway>& gateway,
    const request& what,
    bool is_post,
    ids& new_ids,
    moment now
);

// HTTP 500, as it comes before anything was looked at.
answer gupshup_sms_server_error();

}  // namespace otp::sandbox
