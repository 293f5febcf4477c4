#include "worker/delivery/worker_metrics.hpp"

#include "common/limits/send_policy.hpp"

#include <string>

namespace otp {

namespace {

std::string_view word_of(begin_verdict verdict) {
    constexpr std::string_view words[] = {"send", "finished", "leased", "in_doubt", "refused"};
    return words[static_cast<std::size_t>(verdict)];
}

std::string_view word_of(fault why) {
    constexpr std::string_view words[] = {
        "none",
        "number",
        "config",
        "account",
        "blocked",
        "channel",
        "rate",
        "temporary",
        "doubt",
        "worker"};
    return words[static_cast<std::size_t>(why)];
}

std::string_view word_of(put_back_reason why) {
    constexpr std::string_view words[] = {"no_room", "leased", "in_doubt", "retry"};
    return words[static_cast<std::size_t>(why)];
}

std::string_view word_of(held_by why) {
    constexpr std::string_view words[] = {"nothing", "paused", "breaker", "rate", "in_flight"};
    return words[static_cast<std::size_t>(why)];
}

// Numbers of no country have "001" or "ZZ", which are no words of ours.
std::string_view word_of_country(std::string_view region) {
    const bool is_country = region.size() == 2 && region != "ZZ";
    return is_country ? region : "none";
}

}  // namespace

worker_metrics::worker_metrics(metrics& in)
    : taken_(in.counter("otp_jobs_taken_total", "Messages taken from the queue")),
      begun_(in.counter(
          "otp_jobs_begun_total",
          "What the database said of jobs that asked to be sent",
          {"verdict", "reason"}
      )),
      queue_wait_(in.histogram(
          "otp_queue_wait_seconds",
          "From when a text was asked for until its first attempt was begun",
          long_times()
      )),
      deliveries_(in.counter("otp_deliveries_total", "Jobs settled, by status", {"status"})),
      deadline_misses_(in.counter(
          "otp_deadline_misses_total",
          "Jobs whose code died first: before any attempt, or after one",
          {"stage"}
      )),
      put_back_(in.counter(
          "otp_jobs_put_back_total",
          "Messages sent to a delay queue, by why they could not go on",
          {"why"}
      )),
      buried_(in.counter("otp_jobs_buried_total", "Messages put on otp.dead", {"reason"})),
      would_refuse_(in.counter(
          "otp_would_refuse_total",
          "Sends let pass that a rule in mode observe would have refused",
          {"rule"}
      )),
      abuse_exceeded_(in.counter(
          "otp_abuse_exceeded_total",
          "Countries and networks that exceeded the abuse budget",
          {"kind"}
      )),
      passed_over_(in.counter(
          "otp_passed_over_total",
          "Times that a provider could take no call: paused, breaker, rate, or cap in flight",
          {"provider", "channel", "why"}
      )),
      call_time_(in.histogram(
          "otp_provider_call_seconds",
          "A provider call for a text, from waiting for a connection to the end of the answer",
          short_times(),
          {"provider", "channel"}
      )),
      attempts_(in.counter(
          "otp_attempts_total",
          "Provider calls by how they ended, whose fault it was, and the error",
          {"provider", "channel", "end", "class", "error"}
      )),
      accepted_(in.counter(
          "otp_texts_accepted_total",
          "Texts that a provider accepted, by the number's country",
          {"provider", "channel", "country"}
      )),
      segments_(in.counter(
          "otp_text_segments_total",
          "What accepted texts cost: segments of SMS, messages of other channels",
          {"provider", "channel", "country"}
      )),
      look_ups_(in.counter(
          "otp_look_ups_total",
          "Questions to providers about attempts in doubt",
          {"provider", "channel", "result"}
      )),
      batch_(in.histogram(
          "otp_batch_jobs",
          "Jobs that shared one statement, or one round of the broker's confirms",
          {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024},
          {"stage"}
      )),
      store_time_(in.histogram(
          "otp_store_call_seconds",
          "A statement for a batch, commit included",
          short_times(),
          {"call"}
      )) {
    for (const char* stage : {"before_attempt", "after_attempt"})
        deadline_misses_.of({stage});
    for (const char* kind : {"country", "ip"})
        abuse_exceeded_.of({kind});
    for (const auto why :
         {put_back_reason::no_room,
          put_back_reason::leased,
          put_back_reason::in_doubt,
          put_back_reason::retry})
        put_back_.of({word_of(why)});
}

void worker_metrics::know(const lane& one) {
    const auto by = to_string(one.by);
    call_time_.of({one.provider, by});
    attempts_.of({one.provider, by, "accepted", "none", ""});
    for (const auto why : {held_by::paused, held_by::breaker, held_by::rate, held_by::in_flight})
        passed_over_.of({one.provider, by, word_of(why)});
}

void worker_metrics::begun(begin_verdict verdict, std::string_view reason) {
    begun_.of({word_of(verdict), reason}).Increment();
}

void worker_metrics::waited(std::chrono::nanoseconds since_requested) {
    queue_wait_.Observe(seconds(since_requested));
}

void worker_metrics::put_back(put_back_reason why, std::chrono::milliseconds away) {
    put_back_.of({word_of(why)}).Increment();
    if (why != put_back_reason::in_doubt)
        return;
    const auto now = boot_clock::now();
    forget_doubts(now);  // here too: nobody may ask for their number
    doubts_.push_back(now + away);
}

void worker_metrics::ended(std::string_view status, bool after_an_attempt) {
    deliveries_.of({status}).Increment();
    if (status == "expired")
        deadline_misses_.of({after_an_attempt ? "after_attempt" : "before_attempt"}).Increment();
}

void worker_metrics::would_refuse(std::string_view rules) {
    for (const auto rule : broken_rules(rules))
        would_refuse_.of({rule}).Increment();
}

void worker_metrics::passed_over(const lane& one, held_by why) {
    passed_over_.of({one.provider, to_string(one.by), word_of(why)}).Increment();
}

void worker_metrics::called(const lane& one, std::chrono::nanoseconds took) {
    call_time_.of({one.provider, to_string(one.by)}).Observe(seconds(took));
}

void worker_metrics::sent(
    std::string_view provider,
    std::string_view channel,
    std::string_view country,
    const outcome& how
) {
    attempts_.of({provider, channel, to_string(how.end), word_of(how.why), how.error_code})
        .Increment();
    if (how.end != attempt_end::accepted)
        return;
    const auto where = word_of_country(country);
    accepted_.of({provider, channel, where}).Increment();
    segments_.of({provider, channel, where}).Increment(how.segments.value_or(1));
}

void worker_metrics::looked_up(
    std::string_view provider,
    std::string_view channel,
    std::string_view result
) {
    look_ups_.of({provider, channel, result}).Increment();
}

void worker_metrics::batch(std::string_view stage, std::size_t jobs) {
    batch_.of({stage}).Observe(static_cast<double>(jobs));
}

void worker_metrics::asked_store(std::string_view call, std::chrono::nanoseconds took) {
    store_time_.of({call}).Observe(seconds(took));
}

// They come back in the order in which they went, but for a look-up's few seconds.
void worker_metrics::forget_doubts(boot_clock::time_point until) {
    while (!doubts_.empty() && doubts_.front() <= until)
        doubts_.pop_front();
}

std::size_t worker_metrics::doubts_open(boot_clock::time_point now) {
    forget_doubts(now);
    return doubts_.size();
}

}  // namespace otp
