#include "worker/provider/form_request.hpp"

namespace otp {

http::request form_request(
    const std::string& target,
    const secret& head,
    std::span<const http::form_field> fields,
    boot_clock::time_point write_before
) {
    http::request request;
    request.target = target;
    request.head = head.reveal();
    request.body = http::encode_form(fields);
    request.write_before = write_before;
    return request;
}

}  // namespace otp
