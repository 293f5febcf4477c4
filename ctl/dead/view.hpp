#pragma once

#include "common/amqp/codec/message.hpp"
#include "ctl/dead/letter.hpp"

#include <string>

// How dead letters are printed. Nothing here holds a number or a body.
namespace otp {

// One line without its end: time and what it is of, reason, bytes, id, detail.
std::string list_line(const dead_letter& letter);

// The same as a JSON object.
std::string list_json(const dead_letter& letter);

// Several lines: what list_line() says, then every death, property, header and field of the job.
std::string show_text(const amqp::delivery& message, const dead_letter& letter);

// The request's id, or the message's; "-" where neither is a UUID.
std::string id_of(const dead_letter& letter);

}  // namespace otp
