#include "common/core/segments.hpp"
#include "worker/text/locale.hpp"
#include "worker/text/template_set.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <stdlib.h>

#include <algorithm>
#include <fstream>
#include <ostream>
#include <sstream>
#include <stdexcept>
#include <string>

using namespace otp;
using namespace std::chrono_literals;
namespace data = boost::unit_test::data;
namespace fs = std::filesystem;

namespace {

// A folder that is gone with the test.
class scratch_folder {
public:
    scratch_folder() {
        std::string name = (fs::temp_directory_path() / "templates-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr)
            throw std::runtime_error("mkdtemp");
        path_ = name;
    }
    scratch_folder(const scratch_folder&) = delete;
    scratch_folder& operator=(const scratch_folder&) = delete;
    ~scratch_folder() { fs::remove_all(path_); }

    void write(const fs::path& name, std::string_view contents) const {
        fs::create_directories((path_ / name).parent_path());
        std::ofstream(path_ / name) << contents;
    }

    // "file:line: reason" of each fault, files as they stand in the folder.
    std::vector<std::string> faults() const {
        const auto set = template_set::load(path_);
        std::vector<std::string> all;
        if (set.has_error())
            for (const auto& fault : set.error())
                all.push_back(
                    fault.file.substr(std::min(fault.file.size(), path_.string().size() + 1)) +
                    ":" + std::to_string(fault.line) + ": " + fault.reason
                );
        return all;
    }

    const fs::path& path() const { return path_; }

private:
    fs::path path_;
};

send_job job_for(
    std::string_view to,
    std::string locale,
    std::string template_name = "otp",
    std::vector<std::pair<std::string, std::string>> variables = {}
) {
    return {
        .request_id = {},
        .tenant = "default",
        .to = *phone_number::from_e164(to),
        .purpose = "login",
        .template_name = std::move(template_name),
        .locale = std::move(locale),
        .variables = std::move(variables),
        .ttl = 300s,
        .code_length = 6};
}

const template_set& shipped() {
    static const auto set = template_set::load("templates");
    if (!set)
        throw std::runtime_error(set.error().front().file + ": " + set.error().front().reason);
    return *set;
}

struct choice {
    std::string_view to;
    std::string_view locale;
    std::string_view expected;
};

std::ostream& operator<<(std::ostream& out, const choice& row) {
    return out << row.to.substr(0, 4) << "… in \"" << row.locale << "\" gets " << row.expected;
}

constexpr std::string_view us = "+14155550100";

constexpr choice choices[] = {
    {us, "en", "en"},
    {us, "en-GB", "en"},
    {us, "EN-gb", "en"},
    {us, "es-419", "es"},
    {us, "pt-BR", "pt"},
    {us, "ar-Arab-EG", "ar"},
    {us, "ja", "en"},
    {us, "english", "en"},
    {us, "", "en"},
    {"+447400123456", "", "en"},
    {"+34612345678", "", "es"},
    {"+525512345678", "es-MX", "es"},
    {"+33612345678", "", "fr"},
    {"+4915123456789", "", "de"},
    {"+436641234567", "", "de"},
    {"+5511987654321", "", "pt"},
    {"+351912345678", "", "pt"},
    {"+919876543210", "", "hi"},
    {"+919876543210", "en-IN", "en"},
    {"+971501234567", "", "ar"},
    {"+201001234567", "", "ar"},
    {"+818012345678", "", "en"},
    {"+80012345678", "", "en"},
};

struct language {
    std::string_view locale;
    bool unicode;
};

std::ostream& operator<<(std::ostream& out, const language& row) {
    return out << row.locale << (row.unicode ? " in UCS-2" : " in GSM-7");
}

constexpr language languages[] = {
    {"en", false},
    {"es", false},
    {"fr", false},
    {"de", false},
    {"pt", false},
    {"hi", true},
    {"ar", true},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(the_shipped_templates)

BOOST_DATA_TEST_CASE(take_one_segment_at_their_longest, data::make(languages), row) {
    const auto chosen = shipped().choose(job_for(us, std::string(row.locale)));
    BOOST_REQUIRE(chosen.has_value());
    BOOST_TEST((*chosen)->locale == row.locale);
    const auto done = render(**chosen, {"0123456789", 600s, "A name of 20 letters", {}});
    BOOST_TEST(done.segments == 1);
    BOOST_TEST(done.unicode == row.unicode);
    BOOST_TEST(done.text.reveal().find("0123456789") != std::string_view::npos);
    BOOST_TEST(done.text.reveal().find("A name of 20 letters") != std::string_view::npos);
    BOOST_TEST(done.text.reveal().find("10") != std::string_view::npos);
    BOOST_REQUIRE(done.whatsapp.size() == 1U);
    BOOST_TEST(done.whatsapp[0].reveal() == "0123456789");
}

// What browsers look for: https://wicg.github.io/sms-one-time-codes/
BOOST_DATA_TEST_CASE(bind_a_code_to_its_site_by_the_last_line, data::make(languages), row) {
    const std::vector<std::pair<std::string, std::string>> site{{"host", "login.of.example.com"}};
    const auto chosen = shipped().choose(job_for(us, std::string(row.locale), "webotp", site));
    BOOST_REQUIRE(chosen.has_value());
    BOOST_TEST((*chosen)->locale == row.locale);
    const auto done = render(**chosen, {"0123456789", 600s, "A name of 20 letters", site});
    BOOST_TEST(done.segments == 1);
    BOOST_TEST(done.unicode == row.unicode);
    const auto text = done.text.reveal();
    BOOST_TEST(text.ends_with("\n@login.of.example.com #0123456789"), text);
    BOOST_TEST(text.find("0123456789") < text.find('\n'), text);
}

BOOST_DATA_TEST_CASE(are_chosen_by_locale_and_else_by_country, data::make(choices), row) {
    const auto chosen = shipped().choose(job_for(row.to, std::string(row.locale)));
    BOOST_REQUIRE(chosen.has_value());
    BOOST_TEST((*chosen)->name == "otp");
    BOOST_TEST((*chosen)->locale == row.expected);
}

BOOST_AUTO_TEST_CASE(take_an_app_and_no_other_variable) {
    BOOST_TEST(shipped().choose(job_for(us, "en", "otp", {{"app", "Acme"}})).has_value());
    const auto refused = shipped().choose(job_for(us, "en", "otp", {{"ap", "Acme"}}));
    BOOST_REQUIRE(refused.has_error());
    BOOST_TEST(to_string(refused.error().reason) == "unknown_variable");
    BOOST_TEST(refused.error().detail == "variables: template otp has app");
}

BOOST_AUTO_TEST_CASE(are_told_where_there_is_none_of_a_name_and_the_name_is_not) {
    const auto refused = shipped().choose(job_for(us, "en", "14155550100"));
    BOOST_REQUIRE(refused.has_error());
    BOOST_TEST(to_string(refused.error().reason) == "unknown_template");
    BOOST_TEST(refused.error().detail == "template: expected one of otp, webotp");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(a_set_of_templates)

BOOST_AUTO_TEST_CASE(speaks_the_language_of_the_country_or_else_english_or_else_its_default) {
    const scratch_folder folder;
    folder.write("otp/nl.txt", "default: yes\n\nnl {code}");
    folder.write("otp/pt-BR.txt", "\npt-BR {code}");
    folder.write("otp/zh-Hant.txt", "\nzh-Hant {code}");
    folder.write("otp/ja.txt", "\nja {code}");
    auto set = template_set::load(folder.path());
    BOOST_REQUIRE(set.has_value());
    const auto speaks = [&set](std::string_view to) {
        return (*set->choose(job_for(to, "")))->locale;
    };
    BOOST_TEST(speaks("+5511987654321") == "pt-BR");
    BOOST_TEST(speaks("+886912345678") == "zh-Hant");
    BOOST_TEST(speaks("+818012345678") == "ja");
    BOOST_TEST(speaks("+351912345678") == "nl");
    folder.write("otp/en.txt", "\nen {code}");
    folder.write("otp/en-GB.txt", "\nen-GB {code}");
    set = template_set::load(folder.path());
    BOOST_REQUIRE(set.has_value());
    BOOST_TEST(speaks("+351912345678") == "en");
    BOOST_TEST(speaks(us) == "en");
    BOOST_TEST(speaks("+447400123456") == "en-GB");
}

BOOST_AUTO_TEST_CASE(falls_back_part_by_part_and_then_to_its_default) {
    const scratch_folder folder;
    folder.write("otp/nl.txt", "default: yes\n\nnl {code}");
    folder.write("otp/zh.txt", "\nzh {code}");
    folder.write("otp/zh-Hant.txt", "\nzh-Hant {code}");
    folder.write("bank/en.txt", "default: yes\n\nen {code}");
    const auto set = template_set::load(folder.path());
    BOOST_REQUIRE(set.has_value());
    BOOST_TEST((*set->choose(job_for(us, "zh-hant-TW")))->locale == "zh-Hant");
    BOOST_TEST((*set->choose(job_for(us, "zh-CN")))->locale == "zh");
    BOOST_TEST((*set->choose(job_for(us, "zhx")))->locale == "nl");
    BOOST_TEST((*set->choose(job_for(us, "")))->locale == "nl");
    BOOST_TEST((*set->choose(job_for(us, "nl", "bank")))->locale == "en");
    BOOST_TEST(
        set->names() == (std::vector<std::string_view>{"bank", "otp"}),
        boost::test_tools::per_element()
    );
}

BOOST_AUTO_TEST_CASE(wants_every_variable_that_a_template_declares) {
    const scratch_folder folder;
    folder.write("otp/en.txt", "default: yes\nvariables: brand city\n\n{brand} {code}");
    const auto set = template_set::load(folder.path());
    BOOST_REQUIRE(set.has_value());
    const auto refused = set->choose(job_for(us, "en", "otp", {{"brand", "Acme"}}));
    BOOST_REQUIRE(refused.has_error());
    BOOST_TEST(to_string(refused.error().reason) == "missing_variable");
    BOOST_TEST(refused.error().detail == "variables: template otp needs city");
    BOOST_TEST(set->choose(job_for(us, "en", "otp", {{"brand", "Acme"}, {"city", "Ulm"}})
    ).has_value());
    BOOST_TEST(
        set->choose(job_for(us, "en", "otp", {{"x", ""}})).error().detail ==
        "variables: template otp has app, brand, city"
    );
}

BOOST_AUTO_TEST_CASE(names_all_faults_of_all_files_at_once) {
    const scratch_folder folder;
    folder.write("README.md", "not a template");
    folder.write("Upper/en.txt", "default: yes\n\n{code}");
    folder.write("a/en.txt", "\n{code}");
    folder.write("b/de.txt", "default: yes\n\n{code}");
    folder.write("b/en.txt", "default: yes\n\n{code}");
    folder.write("b/notes.md", "not a template either");
    folder.write("c/de.txt", "variables: x\n\n{code}");
    folder.write("c/en.txt", "default: yes\n\n{code}");
    folder.write("d/EN.txt", "\n{code}");
    folder.write("d/en.txt", "default: yes\n\n{code}");
    folder.write("e/en.txt", "default: yes\n\n{x}\n{code");
    folder.write("e/en_GB.txt", "\n{code}");
    folder.write("e/fr.txt", "\n" + std::string(17000, 'x'));
    const std::vector<std::string> expected{
        "Upper:0: expected a name of a-z, 0-9, _ . -",
        "a:0: no file says `default: yes`",
        "b/en.txt:0: is a second default beside de",
        "c/de.txt:0: `variables` differ from those of the default, en",
        "d/en.txt:0: is there twice, in upper and lower case",
        "e/en.txt:3: unknown placeholder {x}",
        "e/en.txt:4: a { without its }; write {{ for the sign itself",
        "e/en_GB.txt:0: expected a language tag such as en-GB as its name",
        "e/fr.txt:0: is longer than 16 KiB"};
    BOOST_TEST(folder.faults() == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(must_hold_the_template_that_jobs_get_unasked) {
    const scratch_folder folder;
    folder.write("bank/en.txt", "default: yes\n\n{code}");
    BOOST_TEST(
        folder.faults() ==
            (std::vector<std::string>{":0: there is no template `otp`, which jobs get unasked"}),
        boost::test_tools::per_element()
    );
}

BOOST_AUTO_TEST_CASE(passes_over_a_link_that_leads_nowhere) {
    const scratch_folder folder;
    folder.write("otp/en.txt", "default: yes\n\n{code}\n");
    fs::create_symlink("itself", folder.path() / "itself");
    BOOST_TEST(folder.faults().empty());
}

BOOST_AUTO_TEST_CASE(that_is_not_there_is_a_fault) {
    const auto set = template_set::load("templates/no-such-folder");
    BOOST_REQUIRE(set.has_error());
    BOOST_REQUIRE(!set.error().empty());
    BOOST_TEST(set.error().front().file == "templates/no-such-folder");
    BOOST_TEST(set.error().front().reason.starts_with("cannot be read: "));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(the_locale_of_a_region)

BOOST_AUTO_TEST_CASE(is_empty_where_english_is_spoken_or_nothing_is_known) {
    for (const auto region : {"US", "NG", "ZZ", "001", "", "E", "A ", "E "})
        BOOST_TEST(locale_of_region(region).empty(), region);
}

BOOST_AUTO_TEST_CASE(is_what_the_documentation_says) {
    std::ifstream file("docs/templates.md");
    BOOST_REQUIRE(file.good());
    int regions = 0;
    for (std::string line; std::getline(file, line);) {
        // | `de` | AT CH DE LI |
        const auto end = line.find("` | ");
        if (line.compare(0, 3, "| `") != 0 || end == line.npos || line.back() != '|')
            continue;
        const auto language = line.substr(3, end - 3);
        std::istringstream row(line.substr(end + 4, line.size() - end - 6));
        for (std::string region; row >> region && region.size() == 2; ++regions)
            BOOST_TEST(locale_of_region(region) == language + "-" + region, region);
    }
    BOOST_TEST(regions == 167);
}

BOOST_AUTO_TEST_SUITE_END()
