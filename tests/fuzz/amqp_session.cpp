// What a broker sends: to a session that expects the handshake, and to one that is up with a
// channel open. However the octets are cut on their way, the session must see the same.
#include "common/amqp/codec/session.hpp"
#include "tests/fuzz/fuzz_target.hpp"
#include "tests/unit/amqp_script.hpp"

#include <string>

namespace {

using namespace otp::amqp;
using otp::fuzz::must;

constexpr std::size_t body_limit = 512;

session_options small_session() {
    auto options = otp::test::guest();
    options.body_limit = body_limit;
    options.frame_max = wire::frame_min_size;
    return options;
}

// Writes down what a channel is told.
class channel_log final : public channel_events {
public:
    explicit channel_log(std::string& into) : into_(into) {}

    void on_delivery(delivery&& one) override { note("delivery", one); }
    void on_return(delivery&& one) override { note("return", one); }
    void on_confirm(std::uint64_t tag, bool multiple, bool acked) override {
        into_ += "confirm " + std::to_string(tag) + (multiple ? " multiple" : "") +
                 (acked ? " acked;" : ";");
    }
    void on_cancel() override { into_ += "cancel;"; }
    void on_closed(const error& why) override { into_ += "closed " + why.what() + ";"; }

private:
    void note(const char* what, const delivery& one) {
        must(one.body.size() <= body_limit, "no more of a body is kept than the limit");
        must(one.body.size() <= one.body_size, "a body is no longer than announced");
        must(one.truncated == (one.body.size() < one.body_size), "a cut body is called cut");
        must(
            well_formed(one.properties.raw_headers),
            "headers that are handed out are well formed"
        );
        find_deaths(one.properties.raw_headers);
        into_ += std::string(what) + " " + std::to_string(one.tag) + " " + one.exchange + " " +
                 one.routing_key + " " + std::to_string(one.body_size) + " " + one.body + " " +
                 one.properties.message_id + one.properties.raw_headers + ";";
    }

    std::string& into_;
};

// All that a session said and told about octets that came in pieces of the given size, the last
// one as large as is left.
std::string heard(std::string_view octets, bool is_up, std::size_t first, std::size_t others) {
    std::string told;
    channel_log channel(told);
    session one(small_session());
    one.on_blocked = [&told](bool blocked, std::string_view why) {
        told += (blocked ? "blocked " : "unblocked ") + std::string(why) + ";";
    };
    if (is_up) {
        otp::test::bring_up(one, wire::frame_min_size);
        const auto number = one.open_channel(channel);
        one.expect(number, method_id::confirm_select_ok);
        one.expect(number, method_id::basic_consume_ok);
    }
    error ended;
    std::string waiting;
    for (std::size_t piece = first; !ended && !octets.empty(); piece = others) {
        waiting += octets.substr(0, piece);
        octets.remove_prefix(std::min(piece, octets.size()));
        std::string_view rest = waiting;
        ended = one.feed(rest);
        must(ended || rest.size() < one.longest_taken(), "what waits is less than a frame");
        waiting = rest;
    }
    told += ended.what() + "|" + otp::test::sent_by(one);
    one.fail({errc::lost, ""});
    return told;
}

void same_however_cut(std::string_view octets, bool is_up) {
    constexpr std::size_t most_steps = 2048;
    const auto whole = heard(octets, is_up, octets.size(), 1);
    const auto cut = otp::fuzz::cut_of(octets);
    must(heard(octets, is_up, cut, octets.size()) == whole, "a cut anywhere changes nothing");
    if (octets.size() <= most_steps)
        must(heard(octets, is_up, 1, 1) == whole, "octets that come one by one change nothing");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto octets = otp::fuzz::text_of(data, size);
    same_however_cut(octets, false);
    same_however_cut(octets, true);
    return 0;
}
