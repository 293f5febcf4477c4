#include "common/phone/phone_number.hpp"

#include "common/core/ascii.hpp"
#include "common/core/mask.hpp"
#include "common/phone/number_plan.hpp"

#include <phonenumbers/logger.h>
#include <phonenumbers/phonenumber.pb.h>
#include <phonenumbers/phonenumberutil.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

namespace otp {

namespace {

namespace library = i18n::phonenumbers;

constexpr std::size_t max_text_bytes = 64;
constexpr std::size_t max_digits = 15;  // ITU-T E.164
constexpr std::size_t min_digits = 5;   // the shortest that the library takes have six: +43 1 116

// The library's own logger prints whole numbers to standard output.
class silent_logger : public library::Logger {
public:
    silent_logger() { set_level(0); }
    void WriteMessage(const std::string&) override {}
};

const library::PhoneNumberUtil& numbers() {
    static const library::PhoneNumberUtil& instance = []() -> const library::PhoneNumberUtil& {
        auto& only = *library::PhoneNumberUtil::GetInstance();
        only.SetLogger(new silent_logger);  // taken over
        return only;
    }();
    return instance;
}

// "+", then nothing but digits, as many as a number can have.
bool looks_like_e164(std::string_view text) {
    return text.size() > min_digits && text.size() <= max_digits + 1 && text[0] == '+' &&
           text[1] != '0' && std::all_of(text.begin() + 1, text.end(), is_digit);
}

// What people put between the digits. Letters are left out on purpose: libphonenumber would read
// "FLOWERS" as digits and "x12" as an extension.
bool looks_written_by_people(std::string_view text) {
    const auto may_stand = [](char c) {
        return is_digit(c) || std::string_view(" \t+-().").find(c) != std::string_view::npos;
    };
    return text.size() <= max_text_bytes && std::all_of(text.begin(), text.end(), may_stand) &&
           std::any_of(text.begin(), text.end(), is_digit);
}

struct reading {
    std::string e164;
    std::string region;
    phone_kind kind = phone_kind::other;
};

phone_kind kind_of(library::PhoneNumberUtil::PhoneNumberType type) {
    switch (type) {
    case library::PhoneNumberUtil::MOBILE:
        return phone_kind::mobile;
    case library::PhoneNumberUtil::FIXED_LINE:
        return phone_kind::fixed_line;
    case library::PhoneNumberUtil::FIXED_LINE_OR_MOBILE:
        return phone_kind::fixed_line_or_mobile;
    case library::PhoneNumberUtil::TOLL_FREE:
        return phone_kind::toll_free;
    case library::PhoneNumberUtil::PREMIUM_RATE:
        return phone_kind::premium_rate;
    case library::PhoneNumberUtil::SHARED_COST:
        return phone_kind::shared_cost;
    default:
        return phone_kind::other;
    }
}

boost::system::result<reading, phone_fault> read(
    std::string_view text,
    const std::string& default_region
) {
    library::PhoneNumber number;
    const auto error = numbers().Parse(std::string(text), default_region, &number);
    if (error == library::PhoneNumberUtil::NOT_A_NUMBER)
        return phone_fault::malformed;
    reading found;
    if (error != library::PhoneNumberUtil::NO_PARSING_ERROR)
        return phone_fault::impossible;
    // A number that is not valid in its region has no type; asking for both would match it twice.
    const auto type = numbers().GetNumberType(number);
    if (type == library::PhoneNumberUtil::UNKNOWN)
        return phone_fault::impossible;
    found.kind = kind_of(type);
    numbers().GetRegionCodeForNumber(number, &found.region);
    numbers().Format(number, library::PhoneNumberUtil::E164, &found.e164);
    if (!looks_like_e164(found.e164))
        return phone_fault::impossible;
    return found;
}

}  // namespace

std::string_view to_string(phone_fault fault) {
    constexpr std::array<std::string_view, 4> names{
        "malformed",
        "impossible",
        "not_e164",
        "needs_region"};
    return names[static_cast<std::size_t>(fault)];
}

std::string_view to_string(phone_kind kind) {
    constexpr std::array<std::string_view, 7> names{
        "mobile",
        "fixed_line",
        "fixed_line_or_mobile",
        "toll_free",
        "premium_rate",
        "shared_cost",
        "other"};
    return names[static_cast<std::size_t>(kind)];
}

phone_number::phone_number(std::string e164, std::string region, phone_kind kind)
    : e164_(std::move(e164)),
      region_(std::move(region)),
      kind_(kind) {}

boost::system::result<phone_number, phone_fault> phone_number::from_e164(std::string_view text) {
    if (!looks_like_e164(text))
        return looks_written_by_people(text) ? phone_fault::not_e164 : phone_fault::malformed;
    if (const auto known = find_in_plan(text))
        return phone_number(std::string(text), std::string(known->region), known->kind);
    auto found = read(text, "ZZ");
    if (!found)
        return found.error();
    if (found->e164 != text)
        return phone_fault::not_e164;
    return phone_number(std::move(found->e164), std::move(found->region), found->kind);
}

boost::system::result<phone_number, phone_fault> phone_number::from_text(
    std::string_view text,
    std::string_view default_region
) {
    constexpr std::string_view whatsapp = "whatsapp:";
    text = trimmed(text);
    if (text.starts_with(whatsapp))
        text = trimmed(text.substr(whatsapp.size()));
    if (looks_like_e164(text))
        if (const auto known = find_in_plan(text))
            return phone_number(std::string(text), std::string(known->region), known->kind);
    if (!looks_written_by_people(text) || text.find('+', 1) != std::string_view::npos)
        return phone_fault::malformed;
    const bool international = text.front() == '+';
    if (!international && default_region.empty())
        return phone_fault::needs_region;
    auto found = read(text, international ? "ZZ" : std::string(default_region));
    if (!found)
        return found.error();
    if (found->e164 == text)
        return phone_number(std::move(found->e164), std::move(found->region), found->kind);
    // Of "+52 1 1 55..." the library takes one 1 at each reading: what does not read as itself
    // would be one number here and another to the next that asks.
    if (auto settled = from_e164(found->e164))
        return settled;
    return phone_fault::impossible;
}

std::string phone_number::masked() const {
    return mask_number(e164_);
}

}  // namespace otp
