#include "common/core/kill_point.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <exception>

namespace {

constexpr int lived = 0;
constexpr int threw = 70;

// Passes "one", "two", "two", "two" in a process of its own, and tells how that fared.
pid_t pass_points(const char* kill_at) {
    const pid_t child = ::fork();
    if (child != 0)
        return child;
    if (kill_at != nullptr)
        ::setenv("OTP_KILL_AT", kill_at, 1);
    try {
        for (const char* name : {"one", "two", "two", "two"})
            otp::kill_point(name);
    } catch (const std::exception&) {
        ::_exit(threw);
    }
    ::_exit(lived);
}

int fate_of(pid_t child) {
    int status = 0;
    BOOST_REQUIRE_EQUAL(::waitpid(child, &status, WUNTRACED), child);
    return status;
}

int fate(const char* kill_at) {
    return fate_of(pass_points(kill_at));
}

}  // namespace

BOOST_AUTO_TEST_CASE(without_an_order_nothing_happens) {
    BOOST_TEST(WEXITSTATUS(fate(nullptr)) == lived);
    BOOST_TEST(WIFEXITED(fate("another_place")));
}

BOOST_AUTO_TEST_CASE(the_process_dies_at_the_pass_that_was_ordered) {
    BOOST_TEST(WTERMSIG(fate("one")) == SIGKILL);
    BOOST_TEST(WTERMSIG(fate("two:3")) == SIGKILL);
    BOOST_TEST(WIFEXITED(fate("two:4")));
    BOOST_TEST(WIFEXITED(fate("one:2")));
}

BOOST_AUTO_TEST_CASE(it_can_be_suspended_and_goes_on) {
    const pid_t child = pass_points("two:2:stop");
    const int status = fate_of(child);
    BOOST_REQUIRE(WIFSTOPPED(status));
    BOOST_TEST(WSTOPSIG(status) == SIGSTOP);
    BOOST_REQUIRE_EQUAL(::kill(child, SIGCONT), 0);
    BOOST_TEST(WEXITSTATUS(fate_of(child)) == lived);
}

BOOST_AUTO_TEST_CASE(an_order_that_cannot_be_read_is_a_fault) {
    for (const char* wrong : {"one:", "one:0", "one:-1", "one:x", "one:1:", "one:1:halt"})
        BOOST_TEST(WEXITSTATUS(fate(wrong)) == threw, wrong);
}
