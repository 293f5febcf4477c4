#pragma once

#include <boost/system/result.hpp>

#include <compare>
#include <string>
#include <string_view>

namespace otp {

// Why a text is not a number that can be texted. The values are the words clients see.
enum class phone_fault {
    malformed,   // not written as a number
    impossible,  // libphonenumber: no such number can exist (length, prefix, country)
    not_e164,    // a valid number, but not in the form +<country><number> where that form is asked
                 // for
    needs_region,  // written without + and no default region is configured
};

std::string_view to_string(phone_fault fault);

// What libphonenumber's metadata says a number is. Where fixed lines and mobiles share their
// numbers, as in North America, nobody can tell which it is.
enum class phone_kind {
    mobile,
    fixed_line,
    fixed_line_or_mobile,
    toll_free,
    premium_rate,
    shared_cost,
    other,
};

std::string_view to_string(phone_kind kind);

// A telephone number that libphonenumber holds valid, in E.164 form ("+14155550100"). Prints
// nowhere by itself: ask for masked() for people and e164() for the provider and the store.
class phone_number {
public:
    // As jobs must write it: exactly the E.164 form.
    static boost::system::result<phone_number, phone_fault> from_e164(std::string_view text);

    // As people write it: blanks, dashes and brackets, a `whatsapp:` prefix; without + it is read
    // in `default_region` (ISO 3166 alpha-2), or refused where that is empty.
    static boost::system::result<phone_number, phone_fault> from_text(
        std::string_view text,
        std::string_view default_region
    );

    const std::string& e164() const noexcept { return e164_; }
    std::string_view digits() const noexcept { return std::string_view(e164_).substr(1); }
    std::string masked() const;

    // ISO 3166 alpha-2, or "ZZ"/"001" where the number belongs to no country.
    const std::string& region() const noexcept { return region_; }
    phone_kind kind() const noexcept { return kind_; }

    bool operator==(const phone_number&) const = default;

private:
    phone_number(std::string e164, std::string region, phone_kind kind);

    std::string e164_;
    std::string region_;
    phone_kind kind_;
};

}  // namespace otp
