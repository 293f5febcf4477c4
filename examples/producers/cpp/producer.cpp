// producer NUMBER [REQUEST_ID]: asks for a one-time code by queue and follows it until it is sent
// or over. With librabbitmq, which blocks: for a program that has a thread to spare.

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <amqp.h>
#include <amqp_tcp_socket.h>
#include <sys/time.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iostream>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>

namespace {

constexpr int wait_seconds = 60;
constexpr amqp_channel_t channel = 1;
const std::set<std::string>
    ends{"sent", "delivered", "undelivered", "failed", "expired", "rejected", "canceled"};

struct closer {
    void operator()(amqp_connection_state_t broker) const { amqp_destroy_connection(broker); }
};
using connection = std::unique_ptr<amqp_connection_state_t_, closer>;

std::string setting(const char* name, const char* otherwise) {
    const char* value = std::getenv(name);
    return value != nullptr ? value : otherwise;
}

amqp_bytes_t bytes(const std::string& text) {
    return {text.size(), const_cast<char*>(text.data())};
}

std::string text_of(amqp_bytes_t from) {
    return {static_cast<const char*>(from.bytes), from.len};
}

void expect(const amqp_rpc_reply_t& reply, const char* what) {
    if (reply.reply_type != AMQP_RESPONSE_NORMAL)
        throw std::runtime_error(std::string(what) + " failed");
}

connection connect(std::string url) {
    amqp_connection_info to;
    if (amqp_parse_url(url.data(), &to) != AMQP_STATUS_OK || to.ssl)
        throw std::runtime_error("AMQP_URL is not amqp://user:password@host:port/vhost");
    connection broker(amqp_new_connection());
    amqp_socket_t* socket = amqp_tcp_socket_new(broker.get());
    if (socket == nullptr || amqp_socket_open(socket, to.host, to.port) != AMQP_STATUS_OK)
        throw std::runtime_error("the broker cannot be reached");
    constexpr int no_heartbeat = 0;
    expect(
        amqp_login(
            broker.get(),
            to.vhost,
            0,
            131072,
            no_heartbeat,
            AMQP_SASL_METHOD_PLAIN,
            to.user,
            to.password
        ),
        "log in"
    );
    amqp_channel_open(broker.get(), channel);
    expect(amqp_get_rpc_reply(broker.get()), "open a channel");
    return broker;
}

// From now on, what is told of deliveries comes to this connection.
void listen(amqp_connection_state_t broker) {
    const auto* queue = amqp_queue_declare(
        broker,
        channel,
        amqp_empty_bytes,
        false,
        false,
        true,
        true,
        amqp_empty_table
    );
    expect(amqp_get_rpc_reply(broker), "declare a queue");
    const std::string name = text_of(queue->queue);
    amqp_queue_bind(
        broker,
        channel,
        bytes(name),
        amqp_cstring_bytes("otp.events"),
        amqp_cstring_bytes("delivery.#"),
        amqp_empty_table
    );
    expect(amqp_get_rpc_reply(broker), "bind to otp.events");
    amqp_basic_consume(
        broker,
        channel,
        bytes(name),
        amqp_empty_bytes,
        false,
        true,
        true,
        amqp_empty_table
    );
    expect(amqp_get_rpc_reply(broker), "consume");
}

std::string time_now() {
    const auto now = std::chrono::system_clock::now();
    const auto seconds = std::chrono::system_clock::to_time_t(now);
    const auto since = now.time_since_epoch();
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(since).count() % 1000;
    char date[32];
    char whole[40];
    std::strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", std::gmtime(&seconds));
    std::snprintf(whole, sizeof whole, "%s.%03dZ", date, static_cast<int>(ms));
    return whole;
}

std::string new_uuid() {
    std::string id;
    std::getline(std::ifstream("/proc/sys/kernel/random/uuid"), id);
    return id;
}

std::string job_for(const std::string& number, const std::string& request_id) {
    rapidjson::StringBuffer buffer;
    rapidjson::Writer<rapidjson::StringBuffer> job(buffer);
    const auto member = [&job](const char* name, const std::string& value) {
        job.Key(name);
        job.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
    };
    job.StartObject();
    job.Key("version");
    job.Int(1);
    member("request_id", request_id);
    member("to", number);
    member("purpose", "login");
    job.Key("variables");
    job.StartObject();
    member("app", "Acme");
    job.EndObject();
    member("requested_at", time_now());
    member("tenant", setting("OTP_TENANT", "default"));
    job.EndObject();
    return buffer.GetString();
}

void send_job(
    amqp_connection_state_t broker,
    const std::string& body,
    const std::string& request_id
) {
    amqp_basic_properties_t properties{};
    properties._flags = AMQP_BASIC_CONTENT_TYPE_FLAG | AMQP_BASIC_TYPE_FLAG |
                        AMQP_BASIC_MESSAGE_ID_FLAG | AMQP_BASIC_DELIVERY_MODE_FLAG;
    properties.content_type = amqp_cstring_bytes("application/json");
    properties.type = amqp_cstring_bytes("send-otp");
    properties.message_id = bytes(request_id);
    properties.delivery_mode = AMQP_DELIVERY_PERSISTENT;
    constexpr amqp_boolean_t mandatory = true;
    const int result = amqp_basic_publish(
        broker,
        channel,
        amqp_cstring_bytes("otp"),
        amqp_cstring_bytes("send"),
        mandatory,
        false,
        &properties,
        bytes(body)
    );
    if (result != AMQP_STATUS_OK)
        throw std::runtime_error(amqp_error_string2(result));
}

// Returns once the broker has it. A message that no queue takes comes back before it is confirmed.
void await_confirm(amqp_connection_state_t broker) {
    std::string returned;
    while (true) {
        amqp_frame_t frame;
        timeval limit{wait_seconds, 0};
        const int result = amqp_simple_wait_frame_noblock(broker, &frame, &limit);
        if (result != AMQP_STATUS_OK)
            throw std::runtime_error(amqp_error_string2(result));
        if (frame.frame_type != AMQP_FRAME_METHOD)
            continue;
        if (frame.payload.method.id == AMQP_BASIC_RETURN_METHOD)
            returned = text_of(
                static_cast<const amqp_basic_return_t*>(frame.payload.method.decoded)->reply_text
            );
        else if (frame.payload.method.id == AMQP_BASIC_ACK_METHOD && returned.empty())
            return;
        else
            throw std::runtime_error(returned.empty() ? "the broker refused it" : returned);
    }
}

void publish(const std::string& url, const std::string& body, const std::string& request_id) {
    const connection broker = connect(url);
    amqp_confirm_select(broker.get(), channel);
    expect(amqp_get_rpc_reply(broker.get()), "confirm mode");
    send_job(broker.get(), body, request_id);
    await_confirm(broker.get());
}

std::string text_or_dash(const rapidjson::Document& event, const char* name) {
    const auto found = event.FindMember(name);
    return found != event.MemberEnd() && found->value.IsString() ? found->value.GetString() : "-";
}

// Prints what is told of the request; the status it ended with, or nothing.
std::string follow(amqp_connection_state_t broker, const std::string& request_id) {
    using clock = std::chrono::steady_clock;
    const auto end = clock::now() + std::chrono::seconds(wait_seconds);
    std::set<std::string> told;
    while (true) {
        amqp_maybe_release_buffers(broker);
        amqp_envelope_t envelope;
        const auto left = std::chrono::duration_cast<std::chrono::seconds>(end - clock::now());
        timeval limit{std::max<time_t>(left.count(), 0), 0};
        const auto reply = amqp_consume_message(broker, &envelope, &limit, 0);
        if (reply.reply_type != AMQP_RESPONSE_NORMAL) {
            std::cerr << "nothing was told of it in " << wait_seconds
                      << " s: see otpctl dead list\n";
            return "";
        }
        const std::string body = text_of(envelope.message.body);
        amqp_destroy_envelope(&envelope);
        rapidjson::Document event;
        if (event.Parse(body.data(), body.size()).HasParseError() || !event.IsObject())
            continue;
        const std::string name = text_or_dash(event, "event");
        if (text_or_dash(event, "request_id") != request_id || !told.insert(name).second)
            continue;  // another's, or told before
        std::cout << name << ' ' << text_or_dash(event, "provider") << ' '
                  << text_or_dash(event, "reason") << std::endl;
        const std::string status = name.substr(name.find('.') + 1);
        if (ends.count(status) != 0)
            return status;
    }
}

int run(const std::string& number, const std::string& request_id) {
    const std::string url = setting("AMQP_URL", "");
    const connection events = connect(url);
    listen(events.get());  // before the job is published: what is told of it cannot be missed
    publish(url, job_for(number, request_id), request_id);
    std::cout << request_id << std::endl;
    const std::string status = follow(events.get(), request_id);
    return status == "sent" || status == "delivered" ? 0 : 1;
}

}  // namespace

int main(int count, char** words) {
    if (count != 2 && count != 3) {
        std::cerr << "usage: producer NUMBER [REQUEST_ID]\n";
        return 64;
    }
    try {
        return run(words[1], count == 3 ? words[2] : new_uuid());
    } catch (const std::exception& refused) {
        std::cerr << "not taken: " << refused.what() << '\n';
        return 2;
    }
}
