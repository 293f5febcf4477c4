#pragma once

#include "common/core/secret.hpp"
#include "sandbox/answer.hpp"
#include "sandbox/ids.hpp"

#include <optional>
#include <string>

namespace otp::sandbox {

// What is empty is not compared: any well-formed value will do.
struct gupshup_app {
    secret api_key;
    std::string source;       // digits
    std::string name;         // src.name
    std::string template_id;  // UUID
    std::string webhook_url;  // where message events go; empty: nowhere
};

// Gupshup's WhatsApp template API: POST /wa/api/v1/template/msg. Answers 202
// {"status":"submitted","messageId":…} or {"status":"error","message":…}. Without an app every
// request is refused with 401. The caller puts what is accepted in the inbox.
// https://docs.gupshup.io/docs/template-messages
reply gupshup_whatsapp_send(
    const std::optional<gupshup_app>& app,
    const request& what,
    ids& new_ids,
    moment now
);

// HTTP 500, as it comes before anything was looked at.
answer gupshup_whatsapp_server_error();

}  // namespace otp::sandbox
