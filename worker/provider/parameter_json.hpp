#pragma once

#include "common/core/secret.hpp"

#include <span>

namespace otp {

// The parameters of an approved WhatsApp template as JSON, each as a text. They may hold what a job
// says, so they are escaped; and the code, so no ordinary buffer holds a copy.
secret parameter_array(std::span<const secret> parameters);   // ["804271","5"]
secret parameter_object(std::span<const secret> parameters);  // {"1":"804271","2":"5"}

}  // namespace otp
