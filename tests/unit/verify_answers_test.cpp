#include "common/core/sha256.hpp"
#include "verify/auth/bearer.hpp"
#include "verify/auth/key_cache.hpp"
#include "verify/auth/key_gate.hpp"
#include "verify/check/check_verification.hpp"
#include "verify/older/older_answer.hpp"
#include "verify/send/sender.hpp"

#include <boost/test/unit_test.hpp>

using namespace otp;
using namespace std::chrono_literals;

namespace {

std::string header(const http::server_answer& answer, std::string_view name) {
    for (const auto& [key, value] : answer.headers)
        if (key == name)
            return value;
    return {};
}

stored_send refused(std::string_view reason, std::optional<std::chrono::milliseconds> wait) {
    stored_send stored;
    stored.reason = reason;
    stored.retry_after = wait;
    return stored;
}

check_verdict verdict(check_answer answer, std::chrono::milliseconds wait = 0ms) {
    check_verdict told;
    told.answer = answer;
    told.retry_after = wait;
    return told;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(verify_problems)

BOOST_AUTO_TEST_CASE(a_problem_has_type_title_status_detail_code_and_errors) {
    const auto answer = answer_of(invalid_request({{"to", "missing_field", "expected \"+…\""}}));
    BOOST_TEST(answer.status == 400);
    BOOST_TEST(answer.content_type == "application/problem+json");
    BOOST_TEST(
        answer.body ==
        R"({"type":"about:blank","title":"Bad Request","status":400,"detail":"expected \"+…\"",)"
        R"("code":"invalid_request","errors":[{"field":"to","code":"missing_field",)"
        R"("detail":"expected \"+…\""}]})"
    );
}

BOOST_AUTO_TEST_CASE(waiting_is_told_in_whole_seconds_and_never_too_short) {
    BOOST_TEST(whole_seconds(0ms).count() == 1);
    BOOST_TEST(whole_seconds(1000ms).count() == 1);
    BOOST_TEST(whole_seconds(1001ms).count() == 2);
    BOOST_TEST(header(answer_of(store_unavailable()), "Retry-After") == "2");
}

BOOST_AUTO_TEST_CASE(a_401_names_the_scheme) {
    const problem missing(401, "missing_key", "");
    const problem unknown(401, "unknown_key", "");
    BOOST_TEST(header(refusal_of(missing), "WWW-Authenticate") == "Bearer");
    BOOST_TEST(header(refusal_of(unknown), "WWW-Authenticate") == "Bearer error=\"invalid_token\"");
}

BOOST_AUTO_TEST_CASE(limits_are_rate_limited_with_their_rule_and_the_ladder_has_a_word_of_its_own) {
    const uuid id{};
    const auto limited = problem_of(refused("limit_ip", 90'500ms), id);
    BOOST_TEST(limited.status == 429U);
    BOOST_TEST(limited.code == "rate_limited");
    BOOST_TEST(limited.rule == "limit_ip");
    BOOST_TEST(limited.retry_after->count() == 91);
    const auto soon = problem_of(refused("resend_too_soon", 100ms), id);
    BOOST_TEST(soon.code == "resend_too_soon");
    BOOST_TEST(soon.rule.empty());
    BOOST_TEST(answer_of(soon).body.find("\"next_send_in_seconds\":1") != std::string::npos);
    BOOST_TEST(answer_of(limited).body.find("next_send_in_seconds") == std::string::npos);
    const auto conflict = problem_of(refused("request_id_conflict", {}), id);
    BOOST_TEST(conflict.status == 409U);
    BOOST_TEST(conflict.code == "request_id_conflict");
}

BOOST_AUTO_TEST_CASE(a_repeat_of_what_was_refused_for_a_while_that_is_over_needs_a_new_id) {
    for (const auto rule : {"resend_too_soon", "limit_number", "abuse_country"}) {
        const auto over = problem_of(refused(rule, {}), uuid{});
        BOOST_TEST(over.status == 409U);
        BOOST_TEST(over.code == rule);
        BOOST_TEST(!over.retry_after.has_value());
    }
}

BOOST_AUTO_TEST_CASE(every_answer_of_a_check_has_its_status) {
    const std::pair<check_answer, unsigned> refusals[] = {
        {check_answer::closed, 410},
        {check_answer::already_used, 410},
        {check_answer::expired, 410},
        {check_answer::canceled, 410},
        {check_answer::not_found, 404},
        {check_answer::check_too_soon, 429},
        {check_answer::check_budget_spent, 429},
        {check_answer::unknown_key, 503}};
    for (const auto& [answer, status] : refusals) {
        const auto why = refusal_in(verdict(answer, 3s));
        BOOST_TEST_REQUIRE(why.has_value());
        BOOST_TEST(why->status == status);
        BOOST_TEST(why->retry_after.has_value() == (status == 429 || status == 503));
    }
    BOOST_TEST(refusal_in(verdict(check_answer::closed))->code == "max_attempts_reached");
    for (const auto answer :
         {check_answer::approved, check_answer::wrong, check_answer::max_attempts_reached})
        BOOST_TEST(!refusal_in(verdict(answer)).has_value());
}

BOOST_AUTO_TEST_CASE(the_words_of_sql_are_known_both_ways) {
    for (int i = 0; i <= static_cast<int>(check_answer::unknown_key); ++i) {
        const auto answer = static_cast<check_answer>(i);
        BOOST_TEST((parse_check_answer(to_string(answer)) == answer));
    }
    BOOST_CHECK_THROW(parse_check_answer("perhaps"), std::logic_error);
}

BOOST_AUTO_TEST_CASE(a_wrong_code_leaves_it_pending_and_says_when_to_come_again) {
    auto wrong = verdict(check_answer::wrong, 4'001ms);
    wrong.id = uuid{};
    wrong.attempts_left = 2;
    BOOST_TEST(
        checked_answer(wrong, {}).body ==
        R"({"id":"00000000-0000-0000-0000-000000000000","status":"pending","valid":false,)"
        R"("attempts_left":2,"next_check_in_seconds":5})"
    );
}

BOOST_AUTO_TEST_CASE(a_right_code_is_answered_with_its_time_and_what_it_earns) {
    auto right = verdict(check_answer::approved);
    right.id = uuid{};
    right.attempts_left = 4;
    right.settled_at = std::chrono::system_clock::time_point{1'795'232'094'393ms};
    const std::string known =
        R"({"id":"00000000-0000-0000-0000-000000000000","status":"approved","valid":true,)"
        R"("attempts_left":4,"next_check_in_seconds":0,"verified_at":"2026-11-21T03:34:54.393Z")";
    BOOST_TEST(checked_answer(right, {}).body == known + "}");
    BOOST_TEST(
        checked_answer(right, {"a.b.c", "AQ"}).body ==
        known + R"(,"proof":"a.b.c","device_token":"AQ"})"
    );
}

BOOST_AUTO_TEST_CASE(older_clients_cannot_tell_why_a_code_was_refused) {
    const auto gone = refusal_in(verdict(check_answer::already_used));
    const auto unknown = refusal_in(verdict(check_answer::not_found));
    BOOST_TEST(older::refused_check(*gone).body == older::not_verified().body);
    BOOST_TEST(older::refused_check(*unknown).body == older::not_verified().body);
    BOOST_TEST(older::refused_check(*unknown).status == 400U);
}

BOOST_AUTO_TEST_CASE(older_clients_get_their_shape_for_what_they_know_and_a_problem_for_the_rest) {
    const auto later = older::refused_send(store_unavailable());
    BOOST_TEST(later.content_type == "application/json");
    BOOST_TEST(later.status == 503U);
    BOOST_TEST(header(later, "Retry-After") == "2");
    BOOST_TEST(later.body.find(R"({"success":false,"error":"unavailable","message":")") == 0U);
    auto unconfirmed = store_unavailable();
    unconfirmed.request_id = uuid{};
    const std::string id =
        R"(,"retry_after":2,"request_id":"00000000-0000-0000-0000-000000000000"})";
    BOOST_TEST(older::refused_send(unconfirmed).body.ends_with(id));
    const problem conflict(409, "request_id_conflict", "");
    BOOST_TEST(older::refused_send(conflict).content_type == "application/problem+json");
    const auto refused = older::refused_send(problem(409, "country_not_allowed", "not there"));
    BOOST_TEST(refused.status == 400U);
    BOOST_TEST(
        refused.body == R"({"success":false,"error":"country_not_allowed","message":"not there"})"
    );
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(verify_keys)

BOOST_AUTO_TEST_CASE(a_bearer_key_is_taken_from_its_header) {
    BOOST_TEST(bearer_key("Bearer abc").value() == "abc");
    BOOST_TEST(bearer_key("bearer  abc ").value() == "abc");
    for (const auto* other : {"", "Bearer", "Bearer ", "Basic abc", "Bearerabc", "Bearer a b"})
        BOOST_TEST(!bearer_key(other).has_value());
}

BOOST_AUTO_TEST_CASE(a_kept_key_is_forgotten_in_time_for_a_revocation) {
    key_cache cache;
    const key_cache::time_point asked{};
    const auto hash = sha256("abc");
    cache.keep(hash, {"acme", {"send"}}, asked);
    BOOST_TEST_REQUIRE(cache.find(hash, asked + 3999ms) != nullptr);
    BOOST_TEST(cache.find(hash, asked + 3999ms)->tenant == "acme");
    BOOST_TEST(cache.find(hash, asked + 4s) == nullptr);
    BOOST_TEST(cache.find(sha256("other"), asked) == nullptr);
}

BOOST_AUTO_TEST_CASE(kept_keys_are_bounded) {
    key_cache cache;
    const key_cache::time_point asked{};
    const auto first = sha256("0");
    for (std::size_t i = 0; i <= key_cache::most_entries; ++i)
        cache.keep(sha256(std::to_string(i)), {}, asked);
    BOOST_TEST(cache.find(first, asked) == nullptr);
}

BOOST_AUTO_TEST_CASE(a_key_may_do_what_its_scopes_say_and_no_more) {
    const caller who{"acme", {"check", "read"}};
    BOOST_TEST(who.may(scope::check));
    BOOST_TEST(!who.may(scope::send));
    BOOST_TEST(!who.may(scope::admin));
    BOOST_TEST(default_caller().may(scope::admin));
}

BOOST_AUTO_TEST_SUITE_END()
