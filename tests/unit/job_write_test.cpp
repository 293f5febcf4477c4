#include "common/job/send_job.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <random>
#include <string>

using namespace otp;
using namespace std::chrono_literals;

namespace {

constexpr std::chrono::system_clock::time_point now{std::chrono::seconds(1795169730)};

// Fixed seed: a failure comes back.
class any_job {
public:
    send_job operator()() {
        return {
            .request_id = any_id(),
            .tenant = name(),
            .to = *phone_number::from_e164("+1415555" + std::to_string(upto(8999) + 1000)),
            .purpose = name(),
            .channels = channels(),
            .template_name = name(),
            .locale = coin() ? "" : "pt-BR",
            .variables = variables(),
            .ttl = std::chrono::seconds(60 + upto(540)),
            .code_length = 4 + upto(6),
            .requested_at = now - std::chrono::nanoseconds(upto(2'000'000'000)),
            .user = coin() ? std::nullopt : std::optional(text(128)),
            .client_ip = coin() ? std::nullopt : std::optional<std::string>("2001:db8::7")};
    }

private:
    int upto(int most) { return std::uniform_int_distribution<int>(0, most)(random_); }
    bool coin() { return upto(1) == 1; }

    uuid any_id() {
        uuid id;
        for (auto& byte : id.bytes)
            byte = static_cast<std::uint8_t>(upto(255));
        return id;
    }

    std::string name() {
        std::string made(1, static_cast<char>('a' + upto(25)));
        for (int left = upto(63); left > 0; --left)
            made += "abc019_.-"[upto(8)];
        return made;
    }

    // Whatever JSON must escape, and what it need not.
    std::string text(std::size_t max_bytes) {
        constexpr const char* pieces[] = {
            "a",
            "\"",
            "\\",
            "/",
            "\n",
            "\t",
            "\x01",
            "\x1F",
            "\x7F",
            "é",
            "अ",
            "🔐",
            "{",
            "\u2028"};
        std::string made;
        for (int left = upto(40); left > 0; --left) {
            const std::string piece = pieces[upto(13)];
            if (made.size() + piece.size() <= max_bytes)
                made += piece;
        }
        return made;
    }

    std::vector<channel> channels() {
        std::vector<channel> all{channel::sms, channel::whatsapp, channel::voice, channel::email};
        std::shuffle(all.begin(), all.end(), random_);
        all.resize(static_cast<std::size_t>(upto(4)));
        return all;
    }

    std::vector<std::pair<std::string, std::string>> variables() {
        std::vector<std::pair<std::string, std::string>> made;
        for (int left = upto(16); left > 0; --left)
            made.emplace_back(text(200) + std::to_string(left), text(256));
        return made;
    }

    std::mt19937 random_{20261120};
};

}  // namespace

BOOST_AUTO_TEST_SUITE(a_job_that_was_written)

BOOST_AUTO_TEST_CASE(is_read_back_as_it_was) {
    any_job next;
    for (int round = 0; round < 2000; ++round) {
        const auto job = next();
        const auto body = write_job(job);
        const auto read = parse_job(body, {}, job_defaults{}, now);
        BOOST_REQUIRE_MESSAGE(read.has_value(), "round " << round);
        BOOST_TEST((read->request_id == job.request_id));
        BOOST_TEST(read->tenant == job.tenant);
        BOOST_TEST((read->to == job.to));
        BOOST_TEST(read->purpose == job.purpose);
        BOOST_TEST((read->channels == job.channels));
        BOOST_TEST(read->template_name == job.template_name);
        BOOST_TEST(read->locale == job.locale);
        BOOST_TEST((read->variables == job.variables));
        BOOST_TEST((read->ttl == job.ttl));
        BOOST_TEST(read->code_length == job.code_length);
        BOOST_TEST((read->requested_at == job.requested_at));
        BOOST_TEST((read->user == job.user));
        BOOST_TEST((read->client_ip == job.client_ip));
    }
}

BOOST_AUTO_TEST_CASE(says_no_more_than_it_has_to) {
    const send_job job{
        .request_id = *parse_uuid("018f6f5e-7d3c-7a43-9d0f-5b1c2a3d4e5f"),
        .tenant = "default",
        .to = *phone_number::from_e164("+14155550100"),
        .purpose = "login",
        .template_name = "otp",
        .ttl = 300s,
        .code_length = 6,
        .requested_at = now};
    BOOST_TEST(
        write_job(job) ==
        R"({"version":1,"request_id":"018f6f5e-7d3c-7a43-9d0f-5b1c2a3d4e5f","to":"+14155550100",)"
        R"("purpose":"login","template":"otp","ttl_seconds":300,"code_length":6,)"
        R"("requested_at":"2026-11-20T10:15:30.000Z","tenant":"default"})"
    );
}

BOOST_AUTO_TEST_CASE(without_a_life_or_a_length_of_its_own_gets_the_configured_ones) {
    auto job = any_job()();
    job.ttl = 0s;
    job.code_length = 0;
    const auto read = parse_job(write_job(job), {}, {.ttl = 90s, .code_length = 8}, now);
    BOOST_REQUIRE(read.has_value());
    BOOST_TEST((read->ttl == 90s));
    BOOST_TEST(read->code_length == 8);
}

BOOST_AUTO_TEST_SUITE_END()
