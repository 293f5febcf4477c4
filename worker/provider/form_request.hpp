#pragma once

#include "common/core/boot_clock.hpp"
#include "common/core/secret.hpp"
#include "common/http/client.hpp"
#include "common/http/form.hpp"

#include <span>
#include <string>

namespace otp {

// A POST of `fields`, of which no byte is written from `write_before` on. `head` is one of
// form_request_head() and must outlive the call.
http::request form_request(
    const std::string& target,
    const secret& head,
    std::span<const http::form_field> fields,
    boot_clock::time_point write_before
);

}  // namespace otp
