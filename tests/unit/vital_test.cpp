#include "common/async/deadline.hpp"
#include "common/async/run.hpp"
#include "common/async/task_group.hpp"
#include "common/async/vital.hpp"
#include "common/log/log.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <string>

namespace asio = boost::asio;
using namespace otp;

namespace {

asio::awaitable<void> break_down() {
    throw std::runtime_error("broken");
    co_return;
}

[[noreturn]] void be_a_program_whose_part_breaks_down(int log_to) {
    log::set_output(log_to);
    run_to_end([] { return vital(break_down()); });
    ::_exit(0);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(a_vital_part)

BOOST_AUTO_TEST_CASE(that_fails_ends_the_process_with_70_and_says_why) {
    std::array<int, 2> ends{};
    BOOST_REQUIRE(::pipe(ends.data()) == 0);
    const auto child = ::fork();
    if (child == 0)
        be_a_program_whose_part_breaks_down(ends[1]);
    ::close(ends[1]);
    int status = 0;
    BOOST_REQUIRE(::waitpid(child, &status, 0) == child);
    std::array<char, 4096> buffer{};
    const auto size = ::read(ends[0], buffer.data(), buffer.size());
    ::close(ends[0]);
    BOOST_REQUIRE(WIFEXITED(status));
    BOOST_TEST(WEXITSTATUS(status) == 70);
    const std::string told(buffer.data(), static_cast<std::size_t>(size));
    BOOST_TEST(told.find(R"("event":"bug","error":"broken")") != std::string::npos, told);
}

BOOST_AUTO_TEST_CASE(that_is_cancelled_ends_alone) {
    asio::io_context context(1);
    task_group parts(context.get_executor());
    parts.spawn([] { return vital(sleep_for(std::chrono::hours(1))); });
    run_to_end(context, [&parts]() -> asio::awaitable<void> {
        parts.cancel();
        co_await parts.join();
    });
    BOOST_TEST(parts.size() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
