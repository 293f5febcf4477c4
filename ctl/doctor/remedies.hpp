#pragma once

#include <string>
#include <string_view>

namespace otp {

// What to do about a fault that reading the settings found, by the setting that it names.
std::string remedy_of_setting(std::string_view fault);

// About what PostgreSQL or the way to it said when a connection could not be made.
std::string remedy_of_database(std::string_view fault);

// About what RabbitMQ or the way to it said.
std::string remedy_of_broker(std::string_view fault);

// About a failed call of ours over HTTPS, to `setting`.
std::string remedy_of_call(std::string_view fault, std::string_view setting);

}  // namespace otp
