#include "common/async/run.hpp"
#include "common/config/program.hpp"
#include "common/store/time_watch.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/test/unit_test.hpp>

#include <string>

namespace asio = boost::asio;
using namespace otp;
using namespace std::chrono_literals;

namespace {

secret url_of(const asio::ip::tcp::acceptor& server) {
    return secret(
        "postgresql://otp@127.0.0.1:" + std::to_string(server.local_endpoint().port()) + "/otp"
    );
}

}  // namespace

BOOST_AUTO_TEST_SUITE(the_database_s_time)

BOOST_AUTO_TEST_CASE(is_not_waited_for_beyond_the_deadline_though_one_question_may_take_longer) {
    asio::io_context context(1);
    const asio::ip::tcp::acceptor silent(context, {asio::ip::address_v4::loopback(), 0});
    postgres::pool database(context.get_executor(), url_of(silent), {});
    store_clock clock;
    const auto begun = std::chrono::steady_clock::now();
    const auto waits_for_it = [&] { return await_time(database, clock, begun + 300ms); };
    BOOST_CHECK_EXCEPTION(run_to_end(context, waits_for_it), exit_with, [](const exit_with& end) {
        return end.code == exit_code::unavailable;
    });
    BOOST_TEST((std::chrono::steady_clock::now() - begun < 3s));
}

BOOST_AUTO_TEST_SUITE_END()
