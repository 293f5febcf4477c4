#include "common/log/level_signals.hpp"
#include "common/log/log.hpp"

#include <boost/test/unit_test.hpp>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <string>

namespace log = otp::log;

namespace {

// What `write` logs, read back through a pipe.
template <class Write>
std::string logged(Write write) {
    std::array<int, 2> ends{};
    BOOST_REQUIRE(::pipe(ends.data()) == 0);
    log::set_output(ends[1]);
    write();
    log::set_output(STDERR_FILENO);
    ::close(ends[1]);
    std::array<char, 65536> buffer{};
    const auto size = ::read(ends[0], buffer.data(), buffer.size());
    ::close(ends[0]);
    return {buffer.data(), static_cast<std::size_t>(size)};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(a_log_line)

BOOST_AUTO_TEST_CASE(is_one_json_object_with_its_fields_in_order) {
    const auto text = logged([] {
        log::info("job_sent").with("provider", "twilio").with("attempt", 2).with("ok", true);
    });
    BOOST_TEST(text.starts_with("{\"ts\":\"20"));
    BOOST_TEST(text.ends_with("Z\",\"level\":\"info\",\"event\":\"job_sent\",\"provider\":"
                              "\"twilio\",\"attempt\":2,\"ok\":true}\n"));
}

BOOST_AUTO_TEST_CASE(escapes_what_would_break_the_line) {
    const auto text = logged([] { log::error("x").with("detail", "a\"b\\c\nd"); });
    BOOST_TEST(text.find(R"("detail":"a\"b\\c\u000ad")") != std::string::npos);
    BOOST_TEST(std::count(text.begin(), text.end(), '\n') == 1);
}

BOOST_AUTO_TEST_CASE(below_the_level_is_not_written) {
    const auto text = logged([] {
        log::debug("quiet");
        log::info("loud");
    });
    BOOST_TEST(text.find("quiet") == std::string::npos);
    BOOST_TEST(text.find("loud") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(is_written_ten_times_in_a_row_and_counted_every_time) {
    const auto before = log::counted(log::level::warning);
    const auto text = logged([] {
        for (int i = 0; i < 200; ++i)
            log::warning("often").with("i", i);
        log::warning("seldom");
    });
    BOOST_TEST(std::count(text.begin(), text.end(), '\n') == 11);
    BOOST_TEST(text.find("\"i\":9}") != std::string::npos);
    BOOST_TEST(text.find("seldom") != std::string::npos);
    BOOST_TEST(log::counted(log::level::warning) - before == 201u);
}

BOOST_AUTO_TEST_CASE(at_debug_is_written_however_often_it_comes) {
    log::set_level(log::level::debug);
    const auto text = logged([] {
        for (int i = 0; i < 50; ++i)
            log::debug("one_job");
    });
    log::set_level(log::level::info);
    BOOST_TEST(std::count(text.begin(), text.end(), '\n') == 50);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(the_level)

BOOST_AUTO_TEST_CASE(is_changed_by_signals_and_the_log_says_so) {
    log::set_level(log::level::warning);
    log::change_level_by_signal(log::level::warning);
    const auto text = logged([] {
        log::debug("before");
        std::raise(SIGUSR1);
        log::debug("between");
        std::raise(SIGUSR2);
        log::info("after");
        log::warning("at_the_end");
    });
    log::set_level(log::level::info);
    BOOST_TEST(text.find("before") == std::string::npos);
    BOOST_TEST(text.find("\"event\":\"between\"") != std::string::npos);
    BOOST_TEST(text.find("\"event\":\"after\"") == std::string::npos);
    BOOST_TEST(text.find("\"event\":\"log_level_changed\",\"to\":\"debug\"") != std::string::npos);
    BOOST_TEST(
        text.find("\"event\":\"log_level_changed\",\"to\":\"warning\"") != std::string::npos
    );
}

BOOST_AUTO_TEST_SUITE_END()
