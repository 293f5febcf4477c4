#include "worker/text/live_templates.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

using namespace otp;

namespace {

namespace fs = std::filesystem;

// A folder of templates with one text, gone at the end of the test.
class folder {
public:
    folder() {
        std::string name = (fs::temp_directory_path() / "live-templates-XXXXXX").string();
        BOOST_REQUIRE(::mkdtemp(name.data()) != nullptr);
        path_ = name;
        fs::create_directories(path_ / "otp");
        write("{code} is your code.");
    }
    ~folder() { fs::remove_all(path_); }

    void write(const std::string& text) const {
        std::ofstream(path_ / "otp" / "en.txt") << "default: yes\n\n" << text << "\n";
    }
    template_set load() const { return *template_set::load(path_); }

private:
    fs::path path_;
};

send_job plain_job() {
    return {
        .request_id = {},
        .tenant = {},
        .to = *phone_number::from_e164("+14155550100"),
        .purpose = {},
        .template_name = "otp",
        .locale = "en",
        .ttl = std::chrono::seconds(300),
        .code_length = 6};
}

std::string text_of(const text_template& one) {
    return std::string(render(one, {"123456", std::chrono::seconds(300), "App", {}}).text.reveal());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(templates_read_anew)

BOOST_AUTO_TEST_CASE(give_new_jobs_the_new_text_and_jobs_under_way_the_one_they_began_with) {
    const folder of;
    live_templates templates(of.load());
    const auto* under_way = *templates.now().choose(plain_job());
    for (int times = 0; times < 20; ++times) {
        of.write("Code: {code}");
        templates.replace(of.load());
    }
    BOOST_TEST(text_of(*under_way) == "123456 is your code.");
    BOOST_TEST(text_of(**templates.now().choose(plain_job())) == "Code: 123456");
}

BOOST_AUTO_TEST_SUITE_END()
