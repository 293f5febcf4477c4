// librabbitmq reads what we write, and we read what it writes.
#include "common/amqp/codec/message.hpp"
#include "common/amqp/codec/method.hpp"
#include "common/amqp/codec/wire.hpp"

#include <boost/test/unit_test.hpp>

#include <amqp.h>
#include <amqp_framing.h>

#include <memory>
#include <random>
#include <string>

using namespace otp::amqp;

namespace {

class pool {
public:
    pool() { init_amqp_pool(&pool_, 4096); }
    pool(const pool&) = delete;
    pool& operator=(const pool&) = delete;
    ~pool() { empty_amqp_pool(&pool_); }
    amqp_pool_t* get() { return &pool_; }

private:
    amqp_pool_t pool_{};
};

amqp_bytes_t theirs(std::string_view text) {
    return {text.size(), const_cast<char*>(text.data())};
}
std::string ours(amqp_bytes_t text) {
    return {static_cast<const char*>(text.bytes), text.len};
}

// The one frame in `octets`.
wire::frame only_frame(std::string_view octets) {
    wire::frame f;
    BOOST_REQUIRE((wire::next_frame(octets, 1U << 20, f) == wire::framing::ok));
    BOOST_REQUIRE(octets.empty());
    return f;
}

template <class Decoded>
const Decoded& read_by_oracle(std::string_view octets, pool& memory) {
    const std::string_view payload = only_frame(octets).payload;
    const amqp_method_number_t id = wire::reader(payload).u32();
    void* decoded = nullptr;
    const int status = amqp_decode_method(id, memory.get(), theirs(payload.substr(4)), &decoded);
    BOOST_REQUIRE_EQUAL(status, 0);
    return *static_cast<Decoded*>(decoded);
}

method read_by_us(amqp_method_number_t id, void* decoded) {
    static std::string payload;  // the method has views into it
    payload.assign(4096, '\0');
    const int length = amqp_encode_method(id, decoded, theirs(std::string_view(payload).substr(4)));
    BOOST_REQUIRE(length >= 0);
    std::string number;
    wire::put_u32(number, id);
    payload.replace(0, 4, number);
    payload.resize(4 + static_cast<std::size_t>(length));
    method m;
    BOOST_REQUIRE(read_method(payload, m));
    return m;
}

std::string random_text(std::mt19937& random, std::size_t longest) {
    std::string text(random() % (longest + 1), '\0');
    for (char& c : text)
        c = static_cast<char>(random());
    return text;
}

// Empty strings are not sent, so that a set one has at least an octet.
std::string random_property(std::mt19937& random) {
    return random() % 2 == 0 ? std::string() : "p" + random_text(random, 254);
}

message_properties random_properties(std::mt19937& random) {
    message_properties p;
    for (std::string* text :
         {&p.content_type,
          &p.content_encoding,
          &p.correlation_id,
          &p.reply_to,
          &p.expiration,
          &p.message_id,
          &p.type,
          &p.app_id})
        *text = random_property(random);
    p.delivery_mode = static_cast<std::uint8_t>(random() % 3);
    if (random() % 2 == 0)
        p.priority = static_cast<std::uint8_t>(random());
    if (random() % 2 == 0)
        p.timestamp = (std::uint64_t{random()} << 32) + random();
    for (auto count = random() % 4; count != 0; --count) {
        const std::string name = "h" + std::to_string(count);
        if (random() % 3 == 0)
            p.headers.emplace_back(name, random() % 2 == 0);
        else if (random() % 2 == 0)
            p.headers.emplace_back(name, static_cast<std::int64_t>(random()) - (1LL << 31));
        else
            p.headers.emplace_back(name, random_text(random, 300));
    }
    return p;
}

void check_headers(const amqp_table_t& read, const table& written) {
    BOOST_REQUIRE_EQUAL(static_cast<std::size_t>(read.num_entries), written.size());
    for (std::size_t i = 0; i < written.size(); ++i) {
        const amqp_table_entry_t& e = read.entries[i];
        BOOST_TEST(ours(e.key) == written[i].name);
        const value& v = written[i].content;
        if (const bool* flag = std::get_if<bool>(&v))
            BOOST_TEST(
                (e.value.kind == AMQP_FIELD_KIND_BOOLEAN && (e.value.value.boolean != 0) == *flag)
            );
        else if (const std::int64_t* number = std::get_if<std::int64_t>(&v))
            BOOST_TEST((e.value.kind == AMQP_FIELD_KIND_I64 && e.value.value.i64 == *number));
        else
            BOOST_TEST(
                (e.value.kind == AMQP_FIELD_KIND_UTF8 &&
                 ours(e.value.value.bytes) == std::get<std::string>(v))
            );
    }
}

void check_property(
    const amqp_basic_properties_t& read,
    amqp_flags_t flag,
    amqp_bytes_t text,
    const std::string& written
) {
    BOOST_TEST(((read._flags & flag) != 0) == !written.empty());
    if (!written.empty())
        BOOST_TEST(ours(text) == written);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(librabbitmq)

BOOST_AUTO_TEST_CASE(reads_our_log_in) {
    pool memory;
    std::string out;
    put_start_ok(out, "user", "pass", "name of the connection");
    const auto& m = read_by_oracle<amqp_connection_start_ok_t>(out, memory);
    BOOST_TEST(ours(m.mechanism) == "PLAIN");
    BOOST_TEST(ours(m.response) == std::string("\0user\0pass", 10));
    BOOST_TEST(ours(m.locale) == "en_US");
    BOOST_REQUIRE(m.client_properties.num_entries == 4);
    BOOST_TEST(ours(m.client_properties.entries[2].value.value.bytes) == "name of the connection");
    const amqp_field_value_t& capabilities = m.client_properties.entries[3].value;
    BOOST_REQUIRE(capabilities.kind == AMQP_FIELD_KIND_TABLE);
    BOOST_TEST(capabilities.value.table.num_entries == 5);
    BOOST_TEST(ours(capabilities.value.table.entries[0].key) == "authentication_failure_close");
    BOOST_TEST(capabilities.value.table.entries[0].value.value.boolean == 1);
}

BOOST_AUTO_TEST_CASE(reads_our_opening_and_closing) {
    pool memory;
    std::string out;
    put_tune_ok(out, 2047, 131072, 10);
    const auto& tune = read_by_oracle<amqp_connection_tune_ok_t>(out, memory);
    BOOST_TEST((tune.channel_max == 2047 && tune.frame_max == 131072 && tune.heartbeat == 10));
    out.clear();
    put_open(out, "a/b");
    BOOST_TEST(ours(read_by_oracle<amqp_connection_open_t>(out, memory).virtual_host) == "a/b");
    out.clear();
    put_connection_close(out, 200, "bye");
    const auto& closing = read_by_oracle<amqp_connection_close_t>(out, memory);
    BOOST_TEST((closing.reply_code == 200 && ours(closing.reply_text) == "bye"));
    out.clear();
    put_channel_close(out, 5, "done");
    BOOST_TEST(only_frame(out).channel == 5);
    BOOST_TEST(read_by_oracle<amqp_channel_close_t>(out, memory).reply_code == 200);
    for (const method_id id :
         {method_id::channel_open,
          method_id::confirm_select,
          method_id::channel_close_ok,
          method_id::connection_close_ok}) {
        out.clear();
        put_plain(out, 1, id);
        read_by_oracle<amqp_channel_open_t>(out, memory);
    }
    out.clear();
    put_flow_ok(out, 1, true);
    BOOST_TEST(read_by_oracle<amqp_channel_flow_ok_t>(out, memory).active == 1);
}

BOOST_AUTO_TEST_CASE(reads_our_declarations) {
    pool memory;
    std::string out;
    put_exchange_declare(out, 1, "otp", "direct");
    const auto& exchange = read_by_oracle<amqp_exchange_declare_t>(out, memory);
    BOOST_TEST((ours(exchange.exchange) == "otp" && ours(exchange.type) == "direct"));
    BOOST_TEST((exchange.durable && !exchange.passive && !exchange.auto_delete && !exchange.nowait)
    );
    out.clear();
    const table arguments{
        {"x-queue-type", std::string("quorum")},
        {"x-max-length", std::int64_t{5}}};
    put_queue_declare(out, 1, "q", arguments);
    const auto& queue = read_by_oracle<amqp_queue_declare_t>(out, memory);
    BOOST_TEST((ours(queue.queue) == "q" && queue.durable && !queue.exclusive && !queue.auto_delete)
    );
    check_headers(queue.arguments, arguments);
    BOOST_TEST(!queue.passive);
    out.clear();
    put_queue_look(out, 1, "q");
    const auto& look = read_by_oracle<amqp_queue_declare_t>(out, memory);
    BOOST_TEST((ours(look.queue) == "q" && look.passive && !look.nowait));
    out.clear();
    put_queue_bind(out, 1, "q", "x", "k");
    const auto& bind = read_by_oracle<amqp_queue_bind_t>(out, memory);
    BOOST_TEST(
        (ours(bind.queue) == "q" && ours(bind.exchange) == "x" && ours(bind.routing_key) == "k")
    );
}

BOOST_AUTO_TEST_CASE(reads_our_consuming_and_settling) {
    pool memory;
    std::string out;
    put_qos(out, 1, 256);
    const auto& qos = read_by_oracle<amqp_basic_qos_t>(out, memory);
    BOOST_TEST((qos.prefetch_count == 256 && qos.prefetch_size == 0 && !qos.global));
    out.clear();
    put_consume(out, 1, "q", "tag");
    const auto& consume = read_by_oracle<amqp_basic_consume_t>(out, memory);
    BOOST_TEST((ours(consume.queue) == "q" && ours(consume.consumer_tag) == "tag"));
    BOOST_TEST((!consume.no_ack && !consume.exclusive && !consume.nowait));
    out.clear();
    put_cancel(out, 1, "tag");
    BOOST_TEST(ours(read_by_oracle<amqp_basic_cancel_t>(out, memory).consumer_tag) == "tag");
    for (const bool flag : {false, true}) {
        out.clear();
        put_ack(out, 1, 0x0102030405060708, flag);
        const auto& ack = read_by_oracle<amqp_basic_ack_t>(out, memory);
        BOOST_TEST((ack.delivery_tag == 0x0102030405060708 && (ack.multiple != 0) == flag));
    }
    out.clear();
    put_requeue(out, 1, 9);
    const auto& nack = read_by_oracle<amqp_basic_nack_t>(out, memory);
    BOOST_TEST((nack.delivery_tag == 9 && !nack.multiple && nack.requeue));
}

BOOST_AUTO_TEST_CASE(reads_our_messages_and_we_read_its_properties) {
    std::mt19937 random(7);
    for (int round = 0; round < 300; ++round) {
        pool memory;
        outgoing_message message;
        message.exchange = random_text(random, 255);
        message.routing_key = random_text(random, 255);
        message.mandatory = random() % 2 == 0;
        message.properties = random_properties(random);
        std::string out;
        put_message(out, 1, 131072, message);
        std::string_view in = out;
        wire::frame publish, header;
        BOOST_REQUIRE((wire::next_frame(in, 131072, publish) == wire::framing::ok));
        BOOST_REQUIRE((wire::next_frame(in, 131072, header) == wire::framing::ok));
        const std::string first = out.substr(0, publish.payload.size() + wire::frame_overhead);
        const auto& m = read_by_oracle<amqp_basic_publish_t>(first, memory);
        BOOST_TEST(ours(m.exchange) == message.exchange);
        BOOST_TEST(ours(m.routing_key) == message.routing_key);
        BOOST_TEST(((m.mandatory != 0) == message.mandatory && !m.immediate));

        void* decoded = nullptr;
        const auto octets = theirs(header.payload.substr(12));
        BOOST_REQUIRE_EQUAL(amqp_decode_properties(60, memory.get(), octets, &decoded), 0);
        auto& p = *static_cast<amqp_basic_properties_t*>(decoded);
        const message_properties& w = message.properties;
        check_property(p, AMQP_BASIC_CONTENT_TYPE_FLAG, p.content_type, w.content_type);
        check_property(p, AMQP_BASIC_CONTENT_ENCODING_FLAG, p.content_encoding, w.content_encoding);
        check_property(p, AMQP_BASIC_CORRELATION_ID_FLAG, p.correlation_id, w.correlation_id);
        check_property(p, AMQP_BASIC_REPLY_TO_FLAG, p.reply_to, w.reply_to);
        check_property(p, AMQP_BASIC_EXPIRATION_FLAG, p.expiration, w.expiration);
        check_property(p, AMQP_BASIC_MESSAGE_ID_FLAG, p.message_id, w.message_id);
        check_property(p, AMQP_BASIC_TYPE_FLAG, p.type, w.type);
        check_property(p, AMQP_BASIC_APP_ID_FLAG, p.app_id, w.app_id);
        BOOST_TEST(
            (p._flags & AMQP_BASIC_DELIVERY_MODE_FLAG ? p.delivery_mode : 0) == w.delivery_mode
        );
        BOOST_TEST(((p._flags & AMQP_BASIC_TIMESTAMP_FLAG) != 0) == w.timestamp.has_value());
        if (w.timestamp)
            BOOST_TEST(p.timestamp == *w.timestamp);
        if (w.priority)
            BOOST_TEST(p.priority == *w.priority);
        if (p._flags & AMQP_BASIC_HEADERS_FLAG)
            check_headers(p.headers, w.headers);

        std::string encoded(8192, '\0');
        const int length = amqp_encode_properties(60, &p, theirs(encoded));
        BOOST_REQUIRE(length >= 0);
        message_properties back;
        BOOST_REQUIRE(read_properties(encoded.substr(0, static_cast<std::size_t>(length)), back));
        BOOST_TEST(back.message_id == w.message_id);
        BOOST_TEST((back.timestamp == w.timestamp && back.priority == w.priority));
        for (const field& h : w.headers)
            if (const std::string* text = std::get_if<std::string>(&h.content))
                BOOST_TEST(find_string(back.raw_headers, h.name).value() == *text);
    }
}

BOOST_AUTO_TEST_CASE(writes_methods_that_we_read) {
    amqp_connection_tune_t tune{2047, 131072, 60};
    const method t = read_by_us(AMQP_CONNECTION_TUNE_METHOD, &tune);
    BOOST_TEST((t.channel_max == 2047 && t.frame_max == 131072 && t.heartbeat == 60));

    amqp_connection_close_t closing{406, theirs("PRECONDITION_FAILED"), 50, 10};
    const method c = read_by_us(AMQP_CONNECTION_CLOSE_METHOD, &closing);
    BOOST_TEST((c.reply_code == 406 && c.reply_text == "PRECONDITION_FAILED"));

    amqp_basic_deliver_t deliver{theirs("tag"), 77, 1, theirs("x"), theirs("k")};
    const method d = read_by_us(AMQP_BASIC_DELIVER_METHOD, &deliver);
    BOOST_TEST((d.tag == 77 && d.redelivered && d.exchange == "x" && d.routing_key == "k"));

    amqp_basic_return_t back{312, theirs("NO_ROUTE"), theirs("x"), theirs("k")};
    const method r = read_by_us(AMQP_BASIC_RETURN_METHOD, &back);
    BOOST_TEST((r.reply_code == 312 && r.exchange == "x" && r.routing_key == "k"));

    amqp_basic_nack_t nack{8, 1, 1};
    const method n = read_by_us(AMQP_BASIC_NACK_METHOD, &nack);
    BOOST_TEST((n.tag == 8 && n.multiple));

    amqp_connection_blocked_t blocked{theirs("low on memory")};
    BOOST_TEST(read_by_us(AMQP_CONNECTION_BLOCKED_METHOD, &blocked).reply_text == "low on memory");

    amqp_queue_declare_ok_t declared{theirs("q"), 5, 1};
    const method q = read_by_us(AMQP_QUEUE_DECLARE_OK_METHOD, &declared);
    BOOST_TEST((q.message_count == 5U && q.consumer_count == 1U));
}

BOOST_AUTO_TEST_SUITE_END()
