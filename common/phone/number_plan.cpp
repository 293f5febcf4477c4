#include "common/phone/number_plan.hpp"

#include "common/phone/digit_automaton.hpp"

#include <phonenumbers/phonemetadata.pb.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

// The library's compiled-in plans. Its headers do not declare them; a library that keeps them to
// itself is asked about every number.
namespace i18n::phonenumbers {
[[gnu::weak]] int metadata_size();
[[gnu::weak]] const void* metadata_get();
}  // namespace i18n::phonenumbers

namespace otp {

namespace {

namespace library = i18n::phonenumbers;

// Numbers of one kind, by length and digits.
struct number_shape {
    std::uint32_t lengths = 0;  // a bit for each
    std::optional<digit_automaton> digits;

    bool fits(std::string_view national) const {
        return digits && lengths >> national.size() & 1 && digits->matches(national);
    }
};

struct territory {
    std::string region;
    std::optional<digit_automaton> leading;          // tells it from others of its calling code
    std::optional<digit_automaton> national_prefix;  // what the library would take off
    number_shape all;
    std::vector<std::pair<number_shape, phone_kind>>
        special;  // in the order in which they are asked
    number_shape fixed_line;
    number_shape mobile;
    bool alike = false;     // fixed lines and mobiles have the same numbers
    bool rewrites = false;  // the library may put something else in the prefix's place

    std::optional<phone_kind> kind_of(std::string_view national) const;
    bool may_be_cut(std::string_view national) const;
};

// Whether the library might read the number's first digits as a national prefix: it does not where
// what is left would be no number.
bool territory::may_be_cut(std::string_view national) const {
    const std::uint32_t lengths = national_prefix ? national_prefix->starts(national) : 0;
    if (lengths == 0 || rewrites)
        return lengths != 0;
    for (std::size_t length = 1; length <= national.size(); ++length)
        if ((lengths >> length & 1) != 0 && all.digits->matches(national.substr(length)))
            return true;
    return false;
}

std::optional<phone_kind> territory::kind_of(std::string_view national) const {
    if (!all.fits(national))
        return std::nullopt;
    for (const auto& [shape, kind] : special)
        if (shape.fits(national))
            return kind;
    if (fixed_line.fits(national))
        return alike || mobile.fits(national) ? phone_kind::fixed_line_or_mobile
                                              : phone_kind::fixed_line;
    if (!alike && mobile.fits(national))
        return phone_kind::mobile;
    return std::nullopt;
}

// Thrown where a pattern is none that digit_automaton knows: then the library is asked.
struct unknown_pattern {};

std::optional<digit_automaton> compile(const std::string& pattern) {
    if (pattern.empty())
        return std::nullopt;
    auto made = digit_automaton::compile(pattern);
    if (!made)
        throw unknown_pattern();
    return made;
}

// "$" says that a number ends there. Without it the pattern matches more, and more is left to the
// library.
std::string without_ends(std::string pattern) {
    std::erase(pattern, '$');
    return pattern;
}

// A kind that names no lengths of its own has those of all numbers.
number_shape shape_of(const library::PhoneNumberDesc& from) {
    number_shape made;
    for (const int length : from.possible_length())
        if (length > 0 && length < 32)
            made.lengths |= std::uint32_t{1} << length;
    if (from.possible_length_size() == 0)
        made.lengths = ~std::uint32_t{0};
    made.digits = compile(from.national_number_pattern());
    return made;
}

territory make_territory(const library::PhoneMetadata& from) {
    territory made;
    made.region = from.id();
    made.leading = compile(from.leading_digits());
    made.national_prefix = compile(without_ends(from.national_prefix_for_parsing()));
    made.all = shape_of(from.general_desc());
    const std::pair<const library::PhoneNumberDesc&, phone_kind> special[] = {
        {from.premium_rate(), phone_kind::premium_rate},
        {from.toll_free(), phone_kind::toll_free},
        {from.shared_cost(), phone_kind::shared_cost},
        {from.voip(), phone_kind::other},
        {from.personal_number(), phone_kind::other},
        {from.pager(), phone_kind::other},
        {from.uan(), phone_kind::other},
        {from.voicemail(), phone_kind::other}};
    for (const auto& [desc, kind] : special)
        if (!desc.national_number_pattern().empty())
            made.special.emplace_back(shape_of(desc), kind);
    made.fixed_line = shape_of(from.fixed_line());
    made.mobile = shape_of(from.mobile());
    made.rewrites = from.has_national_prefix_transform_rule();
    made.alike = from.same_mobile_and_fixed_line_pattern();
    return made;
}

// The territories of one calling code, the main one first, compiled when one of its numbers comes.
class calling_code {
public:
    void add(const library::PhoneMetadata& one) {
        const auto place = one.main_country_for_code() ? plans_.begin() : plans_.end();
        auto& kept = *plans_.insert(place, one);
        kept.clear_number_format();  // most of it
        kept.clear_intl_number_format();
    }

    std::optional<planned_number> find(std::string_view national) {
        std::call_once(compiled_, [this] { compile_all(); });
        const bool alone = territories_.size() == 1;
        for (const territory& one : territories_) {
            const bool by_leading = one.leading && one.leading->starts(national) != 0;
            const auto kind =
                one.leading && !by_leading && !alone ? std::nullopt : one.kind_of(national);
            if (!kind && !by_leading)
                continue;
            if (!kind || one.may_be_cut(national))
                return std::nullopt;
            return planned_number{one.region, *kind};
        }
        return std::nullopt;
    }

private:
    void compile_all() {
        try {
            for (const auto& plan : plans_)
                territories_.push_back(make_territory(plan));
        } catch (const unknown_pattern&) {
            territories_.clear();
        }
        plans_ = {};
    }

    std::once_flag compiled_;
    std::vector<library::PhoneMetadata> plans_;
    std::vector<territory> territories_;
};

using calling_codes = std::map<int, calling_code>;

calling_codes read_plans() {
    calling_codes codes;
    if (library::metadata_get == nullptr || library::metadata_size == nullptr)
        return codes;
    library::PhoneMetadataCollection all;
    if (all.ParseFromArray(library::metadata_get(), library::metadata_size()))
        for (const auto& one : all.metadata())
            codes[one.country_code()].add(one);
    return codes;
}

}  // namespace

std::optional<planned_number> find_in_plan(std::string_view e164) {
    static calling_codes codes = read_plans();
    // No calling code begins as another does.
    int code = 0;
    for (std::size_t size = 1; size <= 3 && size + 1 < e164.size(); ++size) {
        code = 10 * code + (e164[size] - '0');
        const auto found = codes.find(code);
        if (found != codes.end())
            return found->second.find(e164.substr(size + 1));
    }
    return std::nullopt;
}

}  // namespace otp
