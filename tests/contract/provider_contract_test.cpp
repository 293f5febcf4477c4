// What every provider must do, asked of all of them alike.

#include "tests/contract/provider_subjects.hpp"

#include <boost/test/unit_test.hpp>

#include <random>
#include <set>

using namespace otp;
using namespace otp::test;
using namespace std::chrono_literals;

namespace {

using certainty = http::call_failure::certainty;

}  // namespace

BOOST_AUTO_TEST_SUITE(every_provider)

BOOST_AUTO_TEST_CASE(posts_a_form_to_an_absolute_path) {
    with_each([](const provider& p, const subject&) {
        const auto request = p.build(one_message());
        BOOST_TEST(request.method == "POST");
        BOOST_TEST(request.target.starts_with('/'));
        BOOST_TEST(request.target.find_first_of(" \r\n#") == std::string::npos);
        BOOST_TEST(p.origin().starts_with("https://"));
        BOOST_TEST(!p.origin().ends_with('/'));
        BOOST_TEST(holds(request.head, "Content-Type: application/x-www-form-urlencoded\r\n"));
        BOOST_TEST(!fields_of(request).empty());
    });
}

BOOST_AUTO_TEST_CASE(ends_each_head_line_and_leaves_those_of_the_client_to_it) {
    with_each([](const provider& p, const subject&) {
        const auto request = p.build(one_message());
        std::string_view rest = request.head;
        BOOST_TEST(rest.ends_with("\r\n"));
        BOOST_TEST(!holds(rest, "\r\n\r\n"));
        std::set<std::string_view> names;
        while (!rest.empty()) {
            const std::string_view line = rest.substr(0, rest.find("\r\n"));
            const std::string_view name = line.substr(0, line.find(": "));
            BOOST_TEST(name.size() < line.size());
            BOOST_TEST(names.insert(name).second);
            BOOST_TEST(line.find_first_of("\r\n") == std::string_view::npos);
            rest.remove_prefix(line.size() + 2);
        }
        for (const std::string_view name : {"Host", "Content-Length", "Connection"})
            BOOST_TEST(names.count(name) == 0U);
    });
}

BOOST_AUTO_TEST_CASE(prepares_its_head_once) {
    with_each([](const provider& p, const subject&) {
        const auto first = p.build(one_message());
        const auto second = p.build(one_message());
        BOOST_TEST(static_cast<const void*>(first.head.data()) == second.head.data());
    });
}

BOOST_AUTO_TEST_CASE(puts_number_and_code_into_the_body_alone) {
    with_each([](const provider& p, const subject&) {
        const auto request = p.build(one_message());
        BOOST_TEST(holds(request.body.reveal(), number_digits));
        BOOST_TEST(holds(request.body.reveal(), code_digits));
        for (const std::string_view word : {number_digits, code_digits, password})
            BOOST_TEST(!holds(request.target, word));
        BOOST_TEST(!holds(request.head, number_digits));
        BOOST_TEST(!holds(request.head, code_digits));
    });
}

BOOST_AUTO_TEST_CASE(gives_the_lease_on_to_the_client) {
    with_each([](const provider& p, const subject&) {
        auto what = one_message();
        what.write_before = boot_clock::now();
        BOOST_TEST((p.build(what).write_before == what.write_before));
    });
}

BOOST_AUTO_TEST_CASE(takes_an_accepting_answer_with_its_message_id) {
    with_each([](const provider& p, const subject& s) {
        for (const unsigned status : {200U, 201U, 202U}) {
            const auto end = p.classify(answered(status, s.accepting));
            BOOST_TEST((end.end == attempt_end::accepted));
            BOOST_TEST(end.provider_message_id == s.message_id);
            BOOST_TEST(end.http_status.value() == status);
            expect_sound(end, s.accepting);
        }
    });
}

BOOST_AUTO_TEST_CASE(knows_a_refusal_of_the_number_and_repeats_none_of_its_words) {
    with_each([](const provider& p, const subject& s) {
        const unsigned status = s.name == "gupshup/sms" ? 200 : 400;
        const auto end = p.classify(answered(status, s.refusing));
        BOOST_TEST((end.end == attempt_end::refused));
        BOOST_TEST((end.why == fault::number));
        BOOST_TEST((!end.retry && !end.fail_over));
        expect_sound(end, s.refusing);
    });
}

BOOST_AUTO_TEST_CASE(never_accepts_a_2xx_it_cannot_read) {
    with_each([](const provider& p, const subject& s) {
        for (const std::string& body :
             {std::string(),
              std::string("{}"),
              std::string("null"),
              std::string("<html><body>804271</body></html>"),
              s.accepting.substr(0, s.accepting.size() / 2),
              std::string(65536, '['),
              std::string("\0\0\0", 3)}) {
            const auto end = p.classify(answered(200, body));
            BOOST_TEST((end.end == attempt_end::in_doubt));
            expect_sound(end, body.substr(0, 40));
        }
    });
}

BOOST_AUTO_TEST_CASE(is_in_doubt_over_a_5xx_whatever_its_body_says) {
    with_each([](const provider& p, const subject& s) {
        for (const unsigned status : {500U, 502U, 503U, 504U, 599U})
            for (const std::string& body :
                 {s.accepting,
                  s.refusing,
                  std::string("<html>Bad Gateway</html>"),
                  std::string()}) {
                const auto end = p.classify(answered(status, body));
                BOOST_TEST((end.end == attempt_end::in_doubt), status);
                BOOST_TEST(end.http_status.value() == status);
                expect_sound(end, body);
            }
    });
}

BOOST_AUTO_TEST_CASE(counts_429_as_not_sent_and_keeps_its_retry_after) {
    with_each([](const provider& p, const subject&) {
        http::answer slow_down;
        slow_down.status = 429;
        slow_down.retry_after = 7s;
        slow_down.body = secret(R"({"status":"error","message":"Too Many Requests"})");
        const auto end = p.classify(std::move(slow_down));
        BOOST_TEST((end.end == attempt_end::not_sent));
        BOOST_TEST((end.why == fault::rate));
        BOOST_TEST((end.retry && end.fail_over && end.switch_channel));
        BOOST_TEST((end.retry_after.value() == 7s));
        expect_sound(end, "429");
    });
}

BOOST_AUTO_TEST_CASE(keeps_the_retry_after_of_an_answer_that_broke_off) {
    with_each([](const provider& p, const subject&) {
        http::call_failure cut;
        cut.sent = certainty::in_doubt;
        cut.text = "reading the body of the answer: closed by the other side";
        cut.status = 429;
        cut.retry_after = 7s;
        const auto end = p.classify(std::move(cut));
        BOOST_TEST((end.why == fault::rate));
        BOOST_TEST((end.retry_after == 7s));
    });
}

BOOST_AUTO_TEST_CASE(draws_the_line_between_refused_not_sent_and_doubt_by_status) {
    struct row {
        unsigned status;
        attempt_end end;
        fault why;
    };
    const row rows[] = {
        {100, attempt_end::in_doubt, fault::doubt},
        {301, attempt_end::not_sent, fault::config},
        {307, attempt_end::not_sent, fault::config},
        {400, attempt_end::refused, fault::config},
        {401, attempt_end::refused, fault::account},
        {403, attempt_end::refused, fault::config},
        {404, attempt_end::refused, fault::config},
        {408, attempt_end::in_doubt, fault::doubt},
        {422, attempt_end::refused, fault::config},
        {429, attempt_end::not_sent, fault::rate},
        {600, attempt_end::in_doubt, fault::doubt},
        {0, attempt_end::in_doubt, fault::doubt},
    };
    with_each([&](const provider& p, const subject&) {
        for (const row& r : rows) {
            const auto whole = p.classify(answered(r.status, "<html>"));
            BOOST_TEST((whole.end == r.end), r.status);
            BOOST_TEST((whole.why == r.why), r.status);
            const auto broken = p.classify(failed(certainty::in_doubt, r.status));
            BOOST_TEST((broken.end == r.end), r.status);
            BOOST_TEST((broken.why == r.why), r.status);
            BOOST_TEST(broken.http_status.value() == r.status);
        }
    });
}

BOOST_AUTO_TEST_CASE(counts_a_call_of_which_nothing_was_written_as_not_sent) {
    with_each([](const provider& p, const subject&) {
        const auto end = p.classify(failed(certainty::not_sent));
        BOOST_TEST((end.end == attempt_end::not_sent));
        BOOST_TEST((end.why == fault::temporary));
        BOOST_TEST((end.retry && end.fail_over && end.switch_channel));
        BOOST_TEST(end.detail == "connect: connection refused");
        BOOST_TEST(end.error_code == "unreachable");
        BOOST_TEST(!end.http_status.has_value());
    });
}

BOOST_AUTO_TEST_CASE(is_in_doubt_over_a_call_that_was_written_and_not_answered) {
    with_each([](const provider& p, const subject&) {
        const auto end = p.classify(failed(certainty::in_doubt));
        BOOST_TEST((end.end == attempt_end::in_doubt));
        BOOST_TEST((end.why == fault::doubt));
        BOOST_TEST(end.error_code == "no_answer");
    });
}

BOOST_AUTO_TEST_CASE(is_in_doubt_over_a_2xx_whose_body_was_lost) {
    with_each([](const provider& p, const subject&) {
        const auto end = p.classify(failed(certainty::in_doubt, 201));
        BOOST_TEST((end.end == attempt_end::in_doubt));
        BOOST_TEST(end.error_code == "lost_answer");
        BOOST_TEST(end.http_status.value() == 201U);
    });
}

// Where the question cannot be asked, or its answer tells nothing, the doubt stays.
BOOST_AUTO_TEST_CASE(settles_no_doubt_by_an_answer_it_cannot_read) {
    with_each([](const provider& p, const subject& s) {
        const std::chrono::sys_days later = std::chrono::year(2026) / 11 / 20;  // than any answer
        const doubtful doubt{one_message().to, secret(code_digits), later};
        const auto request = p.build_look_up(doubt);
        BOOST_TEST(request.has_value() == s.name.starts_with("twilio"));
        if (request) {
            BOOST_TEST(request->method == "GET");
            BOOST_TEST(!holds(request->target, code_digits));
        }
        for (const unsigned status : {200U, 404U, 500U})
            for (const std::string& body :
                 {s.accepting, s.refusing, std::string(), std::string(65536, '[')})
                BOOST_TEST(!p.read_look_up(answered(status, body), doubt).has_value(), status);
        BOOST_TEST(!p.read_look_up(failed(certainty::not_sent), doubt).has_value());
    });
}

// It sends no text, so whatever becomes of it, none is in doubt.
BOOST_AUTO_TEST_CASE(prepares_without_the_code_and_leaves_no_doubt) {
    with_each([](const provider& p, const subject& s) {
        const auto what = one_message();
        const auto request = p.build_preparation(what);
        BOOST_TEST(request.has_value() == s.name.starts_with("twilio_verify/"));
        if (!request)
            return;
        BOOST_TEST((request->write_before == what.write_before));
        for (const std::string_view word : {code_digits, text_words, password}) {
            BOOST_TEST(!holds(request->target, word));
            BOOST_TEST(!holds(request->body.reveal(), word));
        }
        for (const unsigned status :
             {0U, 100U, 200U, 302U, 400U, 401U, 403U, 404U, 429U, 500U, 503U})
            for (const std::string& body : {s.accepting, s.refusing, std::string()}) {
                const auto end = p.read_preparation(answered(status, body));
                if (!end)
                    continue;
                BOOST_TEST((end->end == attempt_end::refused || end->end == attempt_end::not_sent));
                expect_sound(*end, body);
            }
        for (const auto sent : {certainty::not_sent, certainty::in_doubt}) {
            const auto end = p.read_preparation(failed(sent));
            BOOST_REQUIRE(end.has_value());
            BOOST_TEST((end->end == attempt_end::not_sent && end->retry && end->fail_over));
            expect_sound(*end, "no answer");
        }
    });
}

// Bytes changed, cut, doubled and spliced from the two known answers: whatever comes, the outcome
// is sound.
BOOST_AUTO_TEST_CASE(survives_thousands_of_damaged_answers) {
    constexpr unsigned statuses[] = {200, 201, 202, 400, 401, 404, 429, 500};
    constexpr std::string_view spices[] = {
        "{",
        "}",
        "[",
        "]",
        "\"",
        ":",
        ",",
        "\\u0000",
        "\\ud800",
        "null",
        "-1",
        "1e999",
        "|",
        "\xff",
        "\r\n",
        "99999999999999999999",
        "success",
        "error",
        "code"};
    std::mt19937 random(20261120);
    const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
    with_each([&](const provider& p, const subject& s) {
        for (int i = 0; i < 3000; ++i) {
            std::string body = below(2) == 0 ? s.accepting : s.refusing;
            for (std::size_t changes = below(4) + 1; changes > 0 && !body.empty(); --changes) {
                const std::size_t at = below(body.size());
                switch (below(5)) {
                case 0:
                    body[at] = static_cast<char>(below(256));
                    break;
                case 1:
                    body.resize(at);
                    break;
                case 2:
                    body.insert(at, spices[below(std::size(spices))]);
                    break;
                case 3:
                    body.erase(at, below(8) + 1);
                    break;
                default:
                    body += body.substr(at);
                }
            }
            expect_sound(p.classify(answered(statuses[below(std::size(statuses))], body)), body);
        }
    });
}

BOOST_AUTO_TEST_SUITE_END()
