#include "common/job/reasons.hpp"

#include <array>
#include <cstddef>

namespace otp {

namespace {

using enum job_reason;

constexpr std::array<job_reason_text, 21> all_reasons{{
    {body_too_large,
     "body_too_large",
     "The body is longer than 64 KiB. Its first 64 KiB are kept."},
    {wrong_content_type,
     "wrong_content_type",
     "The message's `content_type` is given and is not `application/json`."},
    {wrong_type, "wrong_type", "The message's `type` is given and is not `send-otp`."},
    {byte_order_mark, "byte_order_mark", "The body begins with a byte order mark. Leave it out."},
    {not_utf8, "not_utf8", "A text in the body is not valid UTF-8."},
    {not_json, "not_json", "The body is not JSON; the detail names the byte where reading ended."},
    {not_an_object, "not_an_object", "The body is JSON, but not an object."},
    {unsupported_version,
     "unsupported_version",
     "`version` is higher than this program knows. Update it, then replay the job."},
    {unknown_field, "unknown_field", "A field that no job has; the detail names it. Often a typo."},
    {duplicate_field, "duplicate_field", "A name is given twice, at the top or in `variables`."},
    {missing_field,
     "missing_field",
     "`to` is absent, or there is neither a `request_id` nor a `message_id` that is a UUID."},
    {invalid_field,
     "invalid_field",
     "A field breaks its rule; the detail names it and says what was expected."},
    {invalid_number,
     "invalid_number",
     "`to` is not a valid number written in E.164 form; the detail says in which way."},
    {request_id_mismatch,
     "request_id_mismatch",
     "The message's `message_id` differs from the `request_id` in the body."},
    {requested_in_future,
     "requested_in_future",
     "The job was requested more than 60 s in the future. Check the producer's clock."},
    {unknown_template, "unknown_template", "There is no template of that name."},
    {unknown_variable,
     "unknown_variable",
     "The template has no variable of that name; the detail names those it has."},
    {missing_variable,
     "missing_variable",
     "The template needs a variable that the job does not give; the detail names it."},
    {wrong_tenant, "wrong_tenant", "The queue is pinned to one tenant, and the job names another."},
    {request_id_conflict,
     "request_id_conflict",
     "The `request_id` was used before with another tenant, number or purpose. Nothing was "
     "changed."},
    {not_storable,
     "not_storable",
     "The database refused a value of this job; the detail is its message."},
}};

constexpr bool is_in_order() {
    for (std::size_t i = 0; i < all_reasons.size(); ++i)
        if (static_cast<std::size_t>(all_reasons[i].reason) != i)
            return false;
    return static_cast<std::size_t>(not_storable) + 1 == all_reasons.size();
}
static_assert(is_in_order());

}  // namespace

std::span<const job_reason_text> job_reasons() {
    return all_reasons;
}

std::string_view to_string(job_reason reason) {
    return all_reasons[static_cast<std::size_t>(reason)].word;
}

job_reason reason_of(json_fault::kind fault) {
    switch (fault) {
    case json_fault::kind::byte_order_mark:
        return byte_order_mark;
    case json_fault::kind::not_utf8:
        return not_utf8;
    case json_fault::kind::not_an_object:
        return not_an_object;
    case json_fault::kind::not_json:
        break;
    }
    return not_json;
}

}  // namespace otp
