#include "worker/oldest_job.hpp"

#include <boost/test/unit_test.hpp>

using namespace otp;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(the_oldest_job)

BOOST_AUTO_TEST_CASE(has_no_age_where_none_waits) {
    BOOST_TEST((oldest_job({}) == 0ms));
    job_ages after_a_quiet_hour;
    after_a_quiet_hour.last_taken = 1h;
    BOOST_TEST((oldest_job(after_a_quiet_hour) == 0ms));
}

BOOST_AUTO_TEST_CASE(is_the_one_held_where_the_queue_is_empty) {
    job_ages ages;
    ages.held = 7s;
    BOOST_TEST((oldest_job(ages) == 7s));
}

BOOST_AUTO_TEST_CASE(on_the_queue_is_younger_than_the_one_taken_last) {
    job_ages ages;
    ages.queued = 10min;
    ages.last_taken = 20s;
    BOOST_TEST((oldest_job(ages) == 20s));
}

BOOST_AUTO_TEST_CASE(on_the_queue_is_no_older_than_the_backlog) {
    job_ages ages;
    ages.queued = 12s;
    BOOST_TEST((oldest_job(ages) == 12s));
    ages.last_taken = 1h;
    BOOST_TEST((oldest_job(ages) == 12s));
}

BOOST_AUTO_TEST_CASE(is_the_older_one_of_queue_and_process) {
    job_ages ages;
    ages.held = 30s;
    ages.queued = 12s;
    BOOST_TEST((oldest_job(ages) == 30s));
    ages.queued = 40s;
    BOOST_TEST((oldest_job(ages) == 40s));
}

BOOST_AUTO_TEST_CASE(is_not_from_the_future) {
    job_ages ages;
    ages.held = -5s;
    BOOST_TEST((oldest_job(ages) == 0ms));
}

BOOST_AUTO_TEST_SUITE_END()
