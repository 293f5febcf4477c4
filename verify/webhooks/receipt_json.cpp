#include "verify/webhooks/receipt_json.hpp"

namespace otp {

std::optional<rapidjson::Document> parse_receipt_json(std::string_view text) {
    // Iterative: no depth of brackets uses up the stack.
    constexpr unsigned flags =
        rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag;
    rapidjson::Document parsed;
    parsed.Parse<flags>(text.data(), text.size());
    if (parsed.HasParseError())
        return std::nullopt;
    return parsed;
}

const rapidjson::Value* member(const rapidjson::Value* of, const char* name) {
    if (of == nullptr || !of->IsObject())
        return nullptr;
    const auto found = of->FindMember(name);
    return found == of->MemberEnd() ? nullptr : &found->value;
}

rapidjson::Value::ConstArray elements(const rapidjson::Value* of) {
    static const rapidjson::Value none(rapidjson::kArrayType);
    return of != nullptr && of->IsArray() ? of->GetArray() : none.GetArray();
}

std::string text_of(const rapidjson::Value* value) {
    if (value == nullptr)
        return {};
    if (value->IsString())
        return {value->GetString(), value->GetStringLength()};
    if (value->IsInt64())
        return std::to_string(value->GetInt64());
    return {};
}

}  // namespace otp
