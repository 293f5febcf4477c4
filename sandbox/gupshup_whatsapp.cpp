#include "sandbox/gupshup_whatsapp.hpp"

#include "sandbox/magic_numbers.hpp"

#include <rapidjson/document.h>

#include <utility>

namespace otp::sandbox {

namespace {

// `why` holds nothing that JSON would want escaped.
answer error(unsigned status, std::string_view why) {
    answer says;
    says.status = status;
    says.body = R"({"status":"error","message":")" + std::string(why) + "\"}";
    if (status == 429)
        says.headers.emplace_back("Retry-After", "2");
    return says;
}

answer submitted(const std::string& id) {
    answer says;
    says.status = 202;
    says.body = R"({"status":"submitted","messageId":")" + id + "\"}";
    return says;
}

struct template_call {
    std::string id;
    std::string first_parameter;
};

// {"id":"…","params":["…"]}; empty where it is anything else.
std::optional<template_call> read_template(std::string_view json) {
    rapidjson::Document call;
    // Iterative: no depth of brackets uses up the stack.
    call.Parse<rapidjson::kParseIterativeFlag>(json.data(), json.size());
    if (call.HasParseError() || !call.IsObject())
        return std::nullopt;
    if (!call.HasMember("id") || !call["id"].IsString() || !call.HasMember("params"))
        return std::nullopt;
    const auto& params = call["params"];
    if (!params.IsArray() || params.Empty())
        return std::nullopt;
    for (const auto& one : params.GetArray())
        if (!one.IsString())
            return std::nullopt;
    return template_call{call["id"].GetString(), params[0].GetString()};
}

// What is wrong with the fields, or empty; fills in the message.
std::string_view fault_in(const fields& form, const gupshup_app& app, message& send) {
    const auto source = form_value(form, "source");
    const auto destination = form_value(form, "destination");
    const auto name = form_value(form, "src.name");
    if (form_value(form, "channel") != "whatsapp")
        return "Invalid channel: must be whatsapp";
    if (!is_number_digits(source) || (!app.source.empty() && source != app.source))
        return "Invalid source: must be the digits of a number of this app, without +";
    if (!is_number_digits(destination))
        return "Invalid destination: must be digits with country code, without +";
    if (name.empty() || (!app.name.empty() && name != app.name))
        return "Invalid src.name: must be the app that source belongs to";
    const auto call = read_template(form_value(form, "template"));
    if (!call)
        return "Invalid template: must be a JSON object of id and params, an array of texts";
    if (!app.template_id.empty() && call->id != app.template_id)
        return "Template not found";
    send.via = channel::whatsapp;
    send.from = source;
    send.to = "+" + std::string(destination);
    send.text = filled_template(call->first_parameter);
    return {};
}

// How Gupshup tells this outcome: at once with `refusal`, or with the event's code.
struct whatsapp_words {
    unsigned refusal = 0;
    std::string_view message;
    std::string_view receipt_code;
    status end = status::undelivered;
};

whatsapp_words words_for(lesson what) {
    switch (what) {
    case lesson::refused_number:
        return {400, "Invalid destination", {}};
    case lesson::account_fault:
        return {401, "Authentication Failed", {}};
    case lesson::message_fault:
        return {400, "Template did not match", {}};
    case lesson::slow_down:
        return {429, "Too Many Requests", {}};
    case lesson::server_error:
    case lesson::server_error_accepted:
        return {500, "Internal server error", {}};
    case lesson::unavailable:
        return {503, "Service unavailable", {}};
    case lesson::blocked:
        return {0, {}, "1012", status::failed};
    case lesson::wrong_channel:
        return {0, {}, "1002", status::failed};
    case lesson::undelivered:
        return {0, {}, "500"};
    case lesson::failed:
        return {0, {}, "1003", status::failed};
    default:
        return {};
    }
}

}  // namespace

reply gupshup_whatsapp_send(
    const std::optional<gupshup_app>& app,
    const request& what,
    ids& new_ids,
    moment now
) {
    if (!app)
        return {error(401, "The sandbox was started without GUPSHUP_API_KEY"), nullptr};
    if (!app->api_key.equals(what.api_key))
        return {error(401, "Authentication Failed"), nullptr};
    const auto form = read_form(is_form(what.content_type) ? what.body : std::string_view());
    if (!form)
        return {error(400, "Invalid form encoding"), nullptr};
    auto send = std::make_shared<message>();
    if (const auto fault = fault_in(*form, *app, *send); !fault.empty())
        return {error(400, fault), nullptr};

    course way;
    whatsapp_words words;
    if (const auto practised = lesson_of(service::gupshup_whatsapp, send->to)) {
        way = course_of(*practised);
        words = words_for(*practised);
    }
    if (!words.receipt_code.empty())
        way = {true, line_fault::none, {words.end, words.receipt_code}};
    if (!way.accepted) {
        auto says = words.refusal == 0 ? answer() : error(words.refusal, words.message);
        return {std::move(says), nullptr, way.line};
    }

    send->at = now;
    send->by = service::gupshup_whatsapp;
    send->id = new_ids.uuid();
    send->callback_url = app->webhook_url;
    send->goes_on = way.goes_on;
    auto says = words.refusal == 0 ? submitted(send->id) : error(words.refusal, words.message);
    return {std::move(says), std::move(send), way.line};
}

answer gupshup_whatsapp_server_error() {
    return error(500, "Internal server error");
}

}  // namespace otp::sandbox
