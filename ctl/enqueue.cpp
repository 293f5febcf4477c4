#include "common/async/run.hpp"
#include "common/core/mask.hpp"
#include "common/core/random.hpp"
#include "common/job/job_message.hpp"
#include "common/job/send_job.hpp"
#include "common/json/json_writer.hpp"
#include "ctl/flags.hpp"
#include "ctl/publish_jobs.hpp"
#include "ctl/run_commands.hpp"
#include "ctl/servers.hpp"

#include <algorithm>
#include <functional>
#include <iostream>
#include <optional>
#include <span>

namespace otp {

namespace {

constexpr std::size_t publish_at_once = 1000;

phone_number number_of(const std::string& text) {
    const auto number = phone_number::from_e164(text);
    if (!number)
        throw exit_with(
            exit_code::usage,
            "the number " + mask_number(text) + " is " + std::string(to_string(number.error())) +
                "; expected E.164, such as +14155550100"
        );
    return *number;
}

// The number `steps` after `first`: what --to-range counts through.
std::string nth_number(const std::string& first, int steps) {
    const auto digits = std::stoull(first.substr(1)) + static_cast<unsigned long long>(steps);
    return "+" + std::to_string(digits);
}

std::vector<phone_number> numbers_of(const flags& given) {
    std::vector<phone_number> numbers;
    const bool is_range = given.has("--to-range");
    if (is_range == given.has("--to") || (given.has("--count") && !is_range))
        throw exit_with(
            exit_code::usage,
            "either --to +NUMBER or --to-range +NUMBER --count N is required"
        );
    for (const auto& to : given.all("--to"))
        numbers.push_back(number_of(to));
    if (!is_range)
        return numbers;
    const auto first = number_of(given.text("--to-range")).e164();
    const int count = given.whole("--count", 1, 10'000'000, 1);
    for (int i = 0; i < count; ++i)
        numbers.push_back(number_of(nth_number(first, i)));
    return numbers;
}

// The id of a job that goes alone; of several, each gets one of its own.
uuid only_id_of(const flags& given, std::size_t jobs) {
    if (!given.has("--request-id"))
        return new_uuid();
    if (jobs != 1)
        throw exit_with(exit_code::usage, "--request-id is for one job, not for several");
    const auto id = parse_uuid(given.text("--request-id"));
    if (!id)
        throw exit_with(exit_code::usage, "--request-id must be a UUID");
    return *id;
}

send_job job_of(const flags& given, const phone_number& to, const uuid& id) {
    send_job job{
        .request_id = id,
        .tenant = given.text("--tenant", "default"),
        .to = to,
        .purpose = given.text("--purpose", "default"),
        .template_name = given.text("--template", "otp"),
        .locale = given.text("--locale"),
        .ttl = std::chrono::seconds(given.whole("--ttl", 60, 600, 0)),
        .code_length = given.whole("--code-length", 4, 10, 0),
        .requested_at = std::chrono::system_clock::now(),
    };
    for (const auto& name : given.all("--channel")) {
        const auto by = parse_channel(name);
        if (!by)
            throw exit_with(exit_code::usage, "--channel must be sms, whatsapp, voice or email");
        job.channels.push_back(*by);
    }
    if (given.has("--app"))
        job.variables.emplace_back("app", given.text("--app"));
    if (given.has("--user"))
        job.user = given.text("--user");
    return job;
}

// A job that breaks a rule would be confirmed, and end on otp.dead.
void require_good(const send_job& job) {
    const auto read = parse_job(write_job(job), {}, {}, job.requested_at);
    if (!read)
        throw exit_with(exit_code::usage, read.error().detail);
}

std::vector<amqp::outgoing_message> messages_of(
    const flags& given,
    std::span<const phone_number> numbers,
    const std::optional<uuid>& id
) {
    std::vector<amqp::outgoing_message> messages;
    for (const auto& to : numbers) {
        const auto job = job_of(given, to, id ? *id : new_uuid());
        messages.push_back(
            job_message(job.request_id, write_job(job), std::nullopt, job.requested_at)
        );
    }
    return messages;
}

// Made when they are published, because their time runs from then. `id` is that of the only job.
std::function<std::vector<amqp::outgoing_message>()> batches_of(
    const flags& given,
    const std::vector<phone_number>& numbers,
    const std::optional<uuid>& id
) {
    return [&given, &numbers, id, done = std::size_t{0}]() mutable {
        const auto size = std::min(publish_at_once, numbers.size() - done);
        auto messages = messages_of(given, std::span(numbers).subspan(done, size), id);
        done += size;
        return messages;
    };
}

void print_json(const std::vector<phone_number>& numbers, const std::optional<uuid>& id) {
    json_writer to;
    to.member("jobs", numbers.size());
    if (id)
        to.member("request_id", to_string(*id)).member("to", numbers.front().masked());
    std::cout << to.take() << "\n";
}

}  // namespace

exit_code run_enqueue(settings& from, const std::vector<std::string>& words) {
    const flags given(
        words,
        {"--to",
         "--to-range",
         "--count",
         "--tenant",
         "--purpose",
         "--channel",
         "--template",
         "--locale",
         "--app",
         "--user",
         "--ttl",
         "--code-length",
         "--request-id"},
        {"--json"}
    );
    if (!given.words().empty())
        throw exit_with(exit_code::usage, "enqueue takes flags only, not " + given.words().front());
    const auto numbers = numbers_of(given);
    const auto id = only_id_of(given, numbers.size());
    require_good(job_of(given, numbers.front(), id));
    const bool alone = numbers.size() == 1;
    const auto id_of_one = alone ? std::optional(id) : std::nullopt;
    const auto next = batches_of(given, numbers, id_of_one);
    run_to_end([&] { return publish_jobs(from, next); });
    if (given.has("--json"))
        print_json(numbers, id_of_one);
    else if (alone)
        std::cout << to_string(id) << "\n";
    else
        std::cout << numbers.size() << " jobs\n";
    return exit_code::fine;
}

}  // namespace otp
