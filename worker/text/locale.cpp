#include "worker/text/locale.hpp"

#include "common/core/ascii.hpp"

#include <cstddef>

namespace otp {

namespace {

struct language {
    std::string_view name;
    std::string_view regions;  // with a blank between them
};

// Official languages after Unicode CLDR 42, territory information; where there are several, the one
// most widely read.
constexpr language languages[] = {
    {"am", "ET"},
    {"ar", "AE BH DJ DZ EG IQ JO KM KW LB LY MA MR OM PS QA SA SD SY TD TN YE"},
    {"az", "AZ"},
    {"bg", "BG"},
    {"bn", "BD"},
    {"bs", "BA"},
    {"ca", "AD"},
    {"cs", "CZ"},
    {"da", "DK"},
    {"de", "AT CH DE LI"},
    {"dv", "MV"},
    {"dz", "BT"},
    {"el", "CY GR"},
    {"es", "AR BO CL CO CR CU DO EC ES GQ GT HN MX NI PA PE PR PY SV UY VE"},
    {"et", "EE"},
    {"fa", "AF IR"},
    {"fi", "FI"},
    {"fo", "FO"},
    {"fr",
     "BF BI BJ BL CD CF CG CI CM FR GA GF GN GP HT LU MC MF MG ML MQ NC NE PF PM RE SN TG WF YT"},
    {"he", "IL"},
    {"hi", "IN"},
    {"hr", "HR"},
    {"hu", "HU"},
    {"hy", "AM"},
    {"id", "ID"},
    {"is", "IS"},
    {"it", "IT SM VA"},
    {"ja", "JP"},
    {"ka", "GE"},
    {"kl", "GL"},
    {"km", "KH"},
    {"ko", "KP KR"},
    {"lo", "LA"},
    {"lt", "LT"},
    {"lv", "LV"},
    {"mk", "MK"},
    {"mn", "MN"},
    {"ms", "BN MY"},
    {"my", "MM"},
    {"nb", "NO SJ"},
    {"ne", "NP"},
    {"nl", "AW BE BQ CW NL SR SX"},
    {"pl", "PL"},
    {"pt", "AO BR CV GW MZ PT ST TL"},
    {"ro", "MD RO"},
    {"ru", "BY KG KZ RU"},
    {"si", "LK"},
    {"sk", "SK"},
    {"sl", "SI"},
    {"so", "SO"},
    {"sq", "AL XK"},
    {"sr", "ME RS"},
    {"sv", "AX SE"},
    {"sw", "TZ"},
    {"tg", "TJ"},
    {"th", "TH"},
    {"ti", "ER"},
    {"tk", "TM"},
    {"tr", "TR"},
    {"uk", "UA"},
    {"ur", "PK"},
    {"uz", "UZ"},
    {"vi", "VN"},
    {"zh", "CN"},
    {"zh-Hant", "HK MO TW"},
};

}  // namespace

bool is_locale(std::string_view text) {
    if (text.empty() || text.size() > 35)
        return false;
    std::size_t run = 0;
    for (const char c : text) {
        const bool part = is_alphanumeric(c);
        if (!part && (c != '-' || run == 0))
            return false;
        run = part ? run + 1 : 0;
        if (run > 8)
            return false;
    }
    return run > 0;
}

std::string_view parent_locale(std::string_view locale) {
    const auto dash = locale.rfind('-');
    return dash == std::string_view::npos ? std::string_view() : locale.substr(0, dash);
}

std::string locale_of_region(std::string_view region) {
    if (region.size() == 2)
        for (const auto& one : languages)
            for (std::size_t at = 0; at < one.regions.size(); at += 3)
                if (one.regions.substr(at, 2) == region)
                    return std::string(one.name) + "-" + std::string(region);
    return "";
}

}  // namespace otp
