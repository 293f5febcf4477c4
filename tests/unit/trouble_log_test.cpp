#include "worker/delivery/trouble_log.hpp"

#include <boost/test/unit_test.hpp>

using namespace otp;
using namespace std::chrono_literals;

namespace {

constexpr trouble_log::time_point start{std::chrono::hours(1)};
const lane texts{"twilio", channel::sms};

outcome ended(fault why, std::string error_code) {
    outcome one;
    one.why = why;
    one.error_code = std::move(error_code);
    return one;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(trouble)

BOOST_AUTO_TEST_CASE(the_same_error_of_a_lane_is_told_once_a_minute) {
    trouble_log log;
    const outcome end = ended(fault::temporary, "unreachable");
    BOOST_TEST(log.is_due(texts, end, start));
    BOOST_TEST(!log.is_due(texts, end, start + 59s));
    BOOST_TEST(log.is_due(texts, end, start + 60s));
    BOOST_TEST(!log.is_due(texts, end, start + 61s));
}

BOOST_AUTO_TEST_CASE(another_lane_or_error_is_told_at_once) {
    trouble_log log;
    const outcome end = ended(fault::account, "20003");
    BOOST_TEST(log.is_due(texts, end, start));
    BOOST_TEST(log.is_due({"twilio", channel::whatsapp}, end, start));
    BOOST_TEST(log.is_due({"gupshup", channel::sms}, end, start));
    BOOST_TEST(log.is_due(texts, ended(fault::account, "20005"), start));
}

BOOST_AUTO_TEST_CASE(what_is_no_fault_of_provider_or_account_is_not_told) {
    trouble_log log;
    for (const fault why :
         {fault::none, fault::number, fault::blocked, fault::channel, fault::rate, fault::worker})
        BOOST_TEST(!log.is_due(texts, ended(why, "21211"), start));
    for (const fault why : {fault::config, fault::account, fault::temporary, fault::doubt})
        BOOST_TEST(log.is_due(texts, ended(why, std::to_string(static_cast<int>(why))), start));
}

BOOST_AUTO_TEST_SUITE_END()
