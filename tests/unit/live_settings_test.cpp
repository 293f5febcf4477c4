// Settings that are read again while a program runs.
#include "common/config/live_settings.hpp"

#include <boost/test/unit_test.hpp>

#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

using namespace otp;

namespace {

bool is_live(std::string_view name) {
    return name.starts_with("TWILIO_");
}

// A program that reads two settings of a file, one of which may change while it runs.
struct running_program {
    running_program() : all(at_start(), is_live) {}
    ~running_program() { std::remove(path.c_str()); }

    settings at_start() {
        write("one", "one");
        settings none({}, {}, {});
        none.set_file_path(path);
        settings first = none.read_again();
        read(first);
        return first;
    }
    void write(const std::string& sender, const std::string& queue) const {
        std::ofstream(path) << "twilio_phone_number = \"" << sender << "\"\notp_queue = \"" << queue
                            << "\"\n";
    }
    std::string read(settings& from) {
        if (from.text("TWILIO_PHONE_NUMBER") == "wrong")
            from.fault("TWILIO_PHONE_NUMBER", "is wrong");
        return from.text("OTP_QUEUE") + "/" + from.text("TWILIO_PHONE_NUMBER");
    }
    void reload() {
        all.reload([this](settings& from) {
            const auto now = read(from);
            return [this, now](const live_settings::names& changed) {
                if (unusable)
                    throw std::invalid_argument("a file of authorities that cannot be used");
                in_use = now;
                told.push_back(changed);
            };
        });
    }

    std::string path = "/tmp/otp_live_settings_test_" + std::to_string(::getpid());
    live_settings all;
    bool unusable = false;
    std::string in_use = "one/one";
    std::vector<live_settings::names> told;
};

using all_told = std::vector<live_settings::names>;
const live_settings::names nothing;
const live_settings::names the_sender{"TWILIO_PHONE_NUMBER"};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(settings_of_a_running_program, running_program)

BOOST_AUTO_TEST_CASE(are_taken_up_with_the_names_of_what_changed_since_the_last_time) {
    write("two", "one");
    reload();
    BOOST_TEST(in_use == "one/two");
    reload();
    write("one", "one");
    reload();
    BOOST_TEST(in_use == "one/one");
    BOOST_TEST((told == all_told{the_sender, nothing, the_sender}));
}

BOOST_AUTO_TEST_CASE(are_not_told_as_changed_where_only_the_next_start_can_take_them_up) {
    write("one", "two");
    reload();
    BOOST_TEST((told == all_told{nothing}));
}

BOOST_AUTO_TEST_CASE(stay_where_a_value_is_wrong_and_are_compared_with_those_in_use_later) {
    write("two", "one");
    reload();
    write("wrong", "one");
    reload();
    BOOST_TEST(in_use == "one/two");
    write("two", "one");
    reload();
    BOOST_TEST((told == all_told{the_sender, nothing}));
}

BOOST_AUTO_TEST_CASE(stay_where_the_file_cannot_be_read) {
    std::ofstream(path) << "twilio_phone_number = two";
    reload();
    BOOST_TEST(told.empty());
}

BOOST_AUTO_TEST_CASE(stay_where_a_folder_has_taken_the_place_of_the_file) {
    std::filesystem::remove(path);
    std::filesystem::create_directory(path);
    reload();
    BOOST_TEST(told.empty());
    std::filesystem::remove(path);
    write("two", "one");
    reload();
    BOOST_TEST(in_use == "one/two");
}

BOOST_AUTO_TEST_CASE(stay_where_they_cannot_be_taken_up) {
    write("two", "one");
    unusable = true;
    reload();
    unusable = false;
    reload();
    BOOST_TEST((told == all_told{the_sender}));
}

BOOST_AUTO_TEST_SUITE_END()
