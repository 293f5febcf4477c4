#include "ctl/csv_text.hpp"

namespace otp {

namespace {

std::string csv_field(const std::optional<std::string>& field) {
    if (!field)
        return {};
    const bool is_plain = !field->empty() && field->find_first_of(",\"\r\n") == std::string::npos;
    if (is_plain)
        return *field;
    std::string text = "\"";
    for (const char c : *field)
        text += c == '"' ? std::string("\"\"") : std::string(1, c);
    return text + "\"";
}

}  // namespace

std::string csv_record(const std::vector<std::optional<std::string>>& fields) {
    std::string record;
    for (std::size_t i = 0; i != fields.size(); ++i)
        record += (i == 0 ? "" : ",") + csv_field(fields[i]);
    return record + "\r\n";
}

}  // namespace otp
