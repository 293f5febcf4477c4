#pragma once

#include "common/core/uuid.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// What can be told of a job that cannot be understood, without a number and without what its writer
// put into free text.
namespace otp {

// Empty where the body is no JSON object that holds one.
std::optional<uuid> request_id_in(std::string_view body);

// Name and value of each field of the body in its order, fit to be shown: `to` masked, names and
// plain words as they are, of `variables` the names, nothing of the rest. Empty where the body is
// no JSON object.
std::vector<std::pair<std::string, std::string>> job_sketch(std::string_view body);

}  // namespace otp
