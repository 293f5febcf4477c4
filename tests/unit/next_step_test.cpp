#include "common/provider/error_table.hpp"
#include "worker/policy/backoff.hpp"
#include "worker/policy/next_step.hpp"

#include <boost/test/unit_test.hpp>

using namespace otp;
using namespace std::chrono_literals;

namespace {

const lane twilio_sms{"twilio", channel::sms};
const lane gupshup_sms{"gupshup", channel::sms};
const lane twilio_whatsapp{"twilio", channel::whatsapp};
const lane gupshup_whatsapp{"gupshup", channel::whatsapp};

outcome ended(attempt_end end, fault why, bool retry, bool fail_over, bool switch_channel) {
    outcome one;
    one.end = end;
    one.why = why;
    one.error_code = "30999";
    one.retry = retry;
    one.fail_over = fail_over;
    one.switch_channel = switch_channel;
    return one;
}

outcome unreachable() {
    return ended(attempt_end::not_sent, fault::temporary, true, true, true);
}

outcome our_fault() {
    return ended(attempt_end::refused, fault::config, false, true, true);
}

outcome wrong_channel() {
    return ended(attempt_end::refused, fault::channel, false, false, true);
}

outcome bad_number() {
    return ended(attempt_end::refused, fault::number, false, false, false);
}

outcome slow_down(std::optional<std::chrono::seconds> retry_after = std::nullopt) {
    outcome one = ended(attempt_end::not_sent, fault::rate, true, true, true);
    one.retry_after = retry_after;
    return one;
}

outcome doubtful() {
    return ended(attempt_end::in_doubt, fault::doubt, true, true, true);
}

// After the attempts by `counted`, the last of which has just ended.
send_progress after(std::vector<lane> counted) {
    send_progress progress;
    progress.used = counted.back();
    progress.counted = std::move(counted);
    progress.since_first = 2s;
    progress.remaining = 290s;
    return progress;
}

route_result open_to(std::vector<lane> lanes) {
    route_result route;
    route.lanes = lanes;
    route.candidates = std::move(lanes);
    return route;
}

std::string words(const next_step& step) {
    switch (step.what) {
    case next_kind::await_receipt:
        return "await receipt";
    case next_kind::reconcile:
        return "reconcile";
    case next_kind::send_at_once:
        return "at once " + to_string(step.lanes);
    case next_kind::send_later:
        return "after " + std::to_string(step.delay.count()) + " " + to_string(step.lanes);
    case next_kind::fail:
        break;
    }
    return "fail " + step.reason;
}

std::string next(
    const outcome& end,
    const send_progress& progress,
    const route_result& route,
    double fraction = 0.9
) {
    return words(after_attempt(end, progress, route, fraction));
}

const auto two_sms = open_to({twilio_sms, gupshup_sms});
const auto only_twilio = open_to({twilio_sms});
const auto whatsapp_then_sms = open_to({gupshup_whatsapp, twilio_whatsapp, twilio_sms});

}  // namespace

BOOST_AUTO_TEST_SUITE(what_follows_an_attempt)

BOOST_AUTO_TEST_CASE(an_accepted_text_waits_for_its_receipt) {
    outcome accepted;
    accepted.end = attempt_end::accepted;
    BOOST_TEST(next(accepted, after({twilio_sms}), two_sms) == "await receipt");
}

BOOST_AUTO_TEST_CASE(doubt_is_settled_before_anything_is_sent) {
    BOOST_TEST(next(doubtful(), after({twilio_sms}), two_sms) == "reconcile");
    auto late = after({twilio_sms, gupshup_sms, twilio_sms, gupshup_sms});
    late.since_first = 1h;
    BOOST_TEST(next(doubtful(), late, two_sms) == "reconcile");
}

BOOST_AUTO_TEST_CASE(another_provider_follows_at_once) {
    BOOST_TEST(next(unreachable(), after({twilio_sms}), two_sms) == "at once gupshup/sms");
    BOOST_TEST(next(our_fault(), after({twilio_sms}), two_sms) == "at once gupshup/sms");
    BOOST_TEST(next(our_fault(), after({gupshup_sms}), two_sms) == "at once twilio/sms");
}

BOOST_AUTO_TEST_CASE(after_the_second_attempt_there_is_a_pause) {
    BOOST_TEST(
        next(unreachable(), after({twilio_sms, gupshup_sms}), two_sms, 0.9) ==
        "after 2000 twilio/sms,gupshup/sms"
    );
    BOOST_TEST(
        next(unreachable(), after({twilio_sms, gupshup_sms}), two_sms, 0.0) ==
        "after 250 twilio/sms,gupshup/sms"
    );
    BOOST_TEST(
        next(unreachable(), after({twilio_sms, gupshup_sms, twilio_sms}), two_sms, 0.9) ==
        "after 4000 gupshup/sms"
    );
}

BOOST_AUTO_TEST_CASE(a_sole_provider_is_asked_again_after_a_pause_where_that_can_help) {
    BOOST_TEST(
        next(unreachable(), after({twilio_sms}), only_twilio, 0.3) == "after 500 twilio/sms"
    );
    BOOST_TEST(next(our_fault(), after({twilio_sms}), only_twilio) == "fail 30999");
}

BOOST_AUTO_TEST_CASE(no_provider_is_asked_a_third_time) {
    BOOST_TEST(next(unreachable(), after({twilio_sms, twilio_sms}), only_twilio) == "fail 30999");
    BOOST_TEST(
        next(
            unreachable(),
            after({twilio_whatsapp, twilio_sms}),
            open_to({twilio_whatsapp, twilio_sms})
        ) == "fail 30999"
    );
}

BOOST_AUTO_TEST_CASE(four_attempts_are_the_most) {
    const auto spent =
        after({twilio_sms, gupshup_sms, {"third", channel::sms}, {"fourth", channel::sms}});
    BOOST_TEST(next(unreachable(), spent, two_sms) == "fail attempts_spent");
}

BOOST_AUTO_TEST_CASE(a_minute_after_the_first_attempt_nothing_more_is_sent) {
    auto late = after({twilio_sms});
    late.since_first = 59999ms;
    BOOST_TEST(next(unreachable(), late, two_sms) == "at once gupshup/sms");
    late.since_first = 60s;
    BOOST_TEST(next(unreachable(), late, two_sms) == "fail attempts_spent");
}

BOOST_AUTO_TEST_CASE(a_code_with_less_than_half_a_minute_to_live_is_not_sent_again) {
    auto dying = after({twilio_sms});
    dying.remaining = 30s;
    BOOST_TEST(next(unreachable(), dying, two_sms) == "at once gupshup/sms");
    dying.remaining = 29999ms;
    BOOST_TEST(next(unreachable(), dying, two_sms) == "fail expired");
}

BOOST_AUTO_TEST_CASE(a_pause_that_outlasts_the_time_left_is_not_begun) {
    auto late = after({twilio_sms});
    late.since_first = 59500ms;
    BOOST_TEST(next(unreachable(), late, only_twilio, 0.9) == "fail attempts_spent");
    BOOST_TEST(next(unreachable(), late, only_twilio, 0.1) == "after 250 twilio/sms");
    late.since_first = 59800ms;  // the draw would fit, its queue does not
    BOOST_TEST(next(unreachable(), late, only_twilio, 0.1) == "fail attempts_spent");
    auto dying = after({twilio_sms});
    dying.remaining = 30500ms;
    BOOST_TEST(next(unreachable(), dying, only_twilio, 0.9) == "fail expired");
}

BOOST_AUTO_TEST_CASE(a_refused_number_fails_the_job_whoever_is_left) {
    BOOST_TEST(next(bad_number(), after({gupshup_whatsapp}), whatsapp_then_sms) == "fail 30999");
}

BOOST_AUTO_TEST_CASE(the_wrong_channel_is_left_at_once_for_the_next_of_the_job) {
    BOOST_TEST(
        next(wrong_channel(), after({gupshup_whatsapp}), whatsapp_then_sms) == "at once twilio/sms"
    );
    BOOST_TEST(next(wrong_channel(), after({twilio_sms}), two_sms) == "fail 30999");
}

BOOST_AUTO_TEST_CASE(the_jobs_own_channel_comes_before_another_one) {
    BOOST_TEST(
        next(our_fault(), after({gupshup_whatsapp}), whatsapp_then_sms) ==
        "at once twilio/whatsapp,twilio/sms"
    );
}

BOOST_AUTO_TEST_CASE(a_provider_without_room_is_waited_for) {
    auto busy = two_sms;
    busy.candidates = {twilio_sms};
    BOOST_TEST(
        next(unreachable(), after({twilio_sms}), busy, 0.0) == "after 250 twilio/sms,gupshup/sms"
    );
}

BOOST_AUTO_TEST_CASE(slow_down_uses_up_no_attempt) {
    BOOST_TEST(!is_counted(slow_down()));
    for (const outcome& other :
         {unreachable(), our_fault(), wrong_channel(), bad_number(), doubtful()})
        BOOST_TEST(is_counted(other));

    send_progress progress = after({gupshup_sms, gupshup_sms, {"third", channel::sms}});
    progress.used = twilio_sms;
    BOOST_TEST(next(slow_down(), progress, only_twilio, 0.0) == "after 250 twilio/sms");
}

BOOST_AUTO_TEST_CASE(a_retry_after_holds_where_no_other_provider_is_left) {
    send_progress first;
    first.used = twilio_sms;
    first.remaining = 290s;
    BOOST_TEST(next(slow_down(3s), first, only_twilio, 0.0) == "after 4000 twilio/sms");
    BOOST_TEST(next(slow_down(20s), first, only_twilio, 0.0) == "after 8000 twilio/sms");
    BOOST_TEST(next(slow_down(60s), first, two_sms, 0.0) == "at once gupshup/sms");
}

// Nothing was counted, so the minute has not begun: the code's life alone ends the wait.
BOOST_AUTO_TEST_CASE(a_retry_after_is_waited_out_up_to_a_minute_where_no_attempt_was_counted) {
    send_progress first;
    first.used = twilio_sms;
    first.since_first = 1h;
    first.remaining = 290s;
    BOOST_TEST(next(slow_down(60s), first, only_twilio, 0.0) == "after 8000 twilio/sms");
    BOOST_TEST(next(slow_down(24h), first, only_twilio, 0.0) == "after 8000 twilio/sms");
    first.remaining = 90s;
    BOOST_TEST(next(slow_down(24h), first, only_twilio, 0.0) == "after 8000 twilio/sms");
    first.remaining = 89999ms;
    BOOST_TEST(next(slow_down(60s), first, only_twilio, 0.0) == "fail expired");
}

BOOST_AUTO_TEST_CASE(a_retry_after_that_outlasts_the_minute_of_a_counted_attempt_is_not_begun) {
    send_progress second = after({gupshup_sms});
    second.used = twilio_sms;
    BOOST_TEST(next(slow_down(57s), second, only_twilio, 0.0) == "after 8000 twilio/sms");
    BOOST_TEST(next(slow_down(58s), second, only_twilio, 0.0) == "fail attempts_spent");
}

BOOST_AUTO_TEST_CASE(every_pause_is_one_of_the_delay_queues) {
    for (double fraction = 0; fraction < 1; fraction += 0.01) {
        const auto step = after_attempt(
            unreachable(),
            after({twilio_sms, gupshup_sms, twilio_sms}),
            two_sms,
            fraction
        );
        BOOST_TEST((step.what == next_kind::send_later));
        BOOST_TEST((delay_queue_for(step.delay) == step.delay), fraction);
    }
}

BOOST_AUTO_TEST_CASE(no_row_of_any_table_sends_where_its_permissions_forbid) {
    const auto everything = open_to({twilio_sms, gupshup_sms, twilio_whatsapp, gupshup_whatsapp});
    for (const error_table* table :
         {&twilio_errors(), &gupshup_whatsapp_errors(), &gupshup_sms_errors()})
        for (const error_row& row : table->rows) {
            if (row.why == fault::doubt)
                continue;
            const auto end =
                ended(attempt_end::refused, row.why, row.retry, row.fail_over, row.switch_channel);
            const auto step = after_attempt(end, after({twilio_sms}), everything, 0.5);
            for (const lane& one : step.lanes) {
                BOOST_TEST((one.by == channel::sms || row.switch_channel), row.code);
                BOOST_TEST((one != twilio_sms || row.retry), row.code);
                BOOST_TEST((one != gupshup_sms || row.fail_over), row.code);
            }
            if (!row.retry && !row.fail_over && !row.switch_channel)
                BOOST_TEST((step.what == next_kind::fail), row.code);
        }
}

// The store leaves a lane out where it refused, without knowing the row.
BOOST_AUTO_TEST_CASE(no_row_that_refuses_lets_the_same_provider_be_asked_again) {
    for (const error_table* table :
         {&twilio_errors(), &gupshup_whatsapp_errors(), &gupshup_sms_errors()})
        for (const error_row& row : table->rows)
            if (row.why != fault::rate && row.why != fault::temporary && row.why != fault::doubt)
                BOOST_TEST(!row.retry, row.code);
}

BOOST_AUTO_TEST_CASE(a_refusal_without_fail_over_bars_its_channel) {
    BOOST_TEST(bars_channel(wrong_channel()));
    BOOST_TEST(bars_channel(bad_number()));
    BOOST_TEST(!bars_channel(our_fault()));
    BOOST_TEST(!bars_channel(ended(attempt_end::not_sent, fault::rate, true, false, false)));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(what_follows_doubt_that_nothing_settled)

BOOST_AUTO_TEST_CASE(the_same_code_goes_by_another_provider) {
    const auto step = after_doubt(doubtful(), after({twilio_sms}), two_sms, 0.5);
    BOOST_TEST(words(step) == "at once gupshup/sms");
}

BOOST_AUTO_TEST_CASE(the_provider_that_may_have_sent_it_is_never_asked_again) {
    const auto route = open_to({twilio_sms, twilio_whatsapp});
    BOOST_TEST(words(after_doubt(doubtful(), after({twilio_sms}), route, 0.5)) == "fail in_doubt");
}

BOOST_AUTO_TEST_CASE(another_provider_without_room_is_waited_for) {
    auto busy = two_sms;
    busy.candidates.clear();
    const auto step = after_doubt(doubtful(), after({twilio_sms}), busy, 0.0);
    BOOST_TEST(words(step) == "after 250 gupshup/sms");
}

BOOST_AUTO_TEST_CASE(without_time_it_ends_in_doubt) {
    auto late = after({twilio_sms});
    late.since_first = 60s;
    BOOST_TEST(words(after_doubt(doubtful(), late, two_sms, 0.5)) == "fail in_doubt");
}

BOOST_AUTO_TEST_SUITE_END()
