#include "verify/older/provider_view.hpp"

#include "common/config/installed_folder.hpp"
#include "common/config/known_settings.hpp"
#include "common/core/random.hpp"
#include "common/json/json_writer.hpp"
#include "worker/provider/make_providers.hpp"
#include "worker/provider/read_settings.hpp"
#include "worker/text/template_set.hpp"

#include <algorithm>
#include <utility>

namespace otp::older {

namespace {

constexpr std::string_view mask = "******";  // of secrets, and of the code

// Of those that a worker reads, one by which it calls a provider.
bool is_of_provider(const known_setting& one) {
    return one.name.starts_with("TWILIO_") || one.name.starts_with("GUPSHUP_");
}

secret masked(settings& from, std::string_view name) {
    return from.is_set(name) ? secret(mask) : secret();
}

// Those that are whole; what the others lack is added to `faults`.
provider_settings sound_settings(settings& from, setting_faults& faults) {
    provider_settings sound;
    const auto keep = [&faults](auto& place, auto& read) {
        const auto wrong = faults_of(read);
        if (wrong.empty())
            place = std::move(read);
        faults.insert(faults.end(), wrong.begin(), wrong.end());
    };
    auto all = read_provider_settings(from, masked);
    keep(sound.twilio, all.twilio);
    keep(sound.gupshup_whatsapp, all.gupshup_whatsapp);
    keep(sound.gupshup_sms, all.gupshup_sms);
    return sound;
}

phone_number example_number() {
    return *phone_number::from_e164("+14155550100");
}

rendered_text mask_alone() {
    rendered_text words{secret(mask), false, 1, {}};
    words.whatsapp.emplace_back(mask);
    return words;
}

// The usual text; the mask alone where this process has no templates.
rendered_text words_for(settings& from, const phone_number& to, const code_settings& code) {
    const auto folder = from.text("OTP_TEMPLATES", installed_folder("templates"));
    const auto app = from.text("OTP_APP_NAME", "OTP");
    const auto templates = template_set::load(folder);
    if (!templates)
        return mask_alone();
    const send_job job{
        .request_id = {},
        .tenant = {},
        .to = to,
        .purpose = {},
        .template_name = "otp",
        .ttl = code.ttl,
        .code_length = code.length};
    const auto chosen = templates->choose(job);
    if (!chosen)
        return mask_alone();
    return render(**chosen, {mask, code.ttl, app, job.variables});
}

// "Name: value" lines; what follows "Basic" is made from a secret.
void put_head(json_writer& to, std::string_view head) {
    constexpr std::string_view basic = "Basic ";
    to.open_object("headers");
    while (!head.empty()) {
        const auto end = head.find("\r\n");
        const auto line = head.substr(0, end);
        head.remove_prefix(std::min(end + 2, head.size()));
        const auto colon = line.find(": ");
        const auto value = line.substr(colon + 2);
        const auto shown =
            value.starts_with(basic) ? std::string(basic).append(mask) : std::string(value);
        to.member(line.substr(0, colon), shown);
    }
    to.close_object();
}

void put_request(json_writer& to, const provider& by, const message& what) {
    const auto request = by.build(what);
    to.open_object();
    to.member("provider", by.name()).member("channel", to_string(by.by()));
    to.member("method", request.method).member("url", by.origin() + request.target);
    put_head(to, request.head);
    to.member("body", request.body.reveal());
    to.close_object();
}

void put_faults(json_writer& to, const setting_faults& faults) {
    to.open_array("faults");
    for (const auto& fault : faults)
        to.open_object().member("detail", fault).close_object();
    to.close_array();
}

std::string write_settings(const settings& from, const provider_settings& sound) {
    json_writer body;
    body.open_object("settings");
    for (const auto& one : settings_of(setting_reader::worker))
        if (is_of_provider(one))
            body.member(one.name, from.is_set(one.name));
    body.close_object();
    body.open_object("whatsapp");
    body.member("twilio", sound.twilio.whatsapps());
    body.member("gupshup", sound.gupshup_whatsapp.whatsapps());
    body.member("twilio_verify", sound.twilio.verifies());
    body.close_object();
    return body.take();
}

}  // namespace

provider_view read_provider_view(
    settings& from,
    const code_settings& code,
    const std::string& callback_url,
    const std::optional<phone_number>& to
) {
    setting_faults faults;
    const auto sound = sound_settings(from, faults);
    const auto number = to.value_or(example_number());
    auto words = words_for(from, number, code);
    message what{
        .request_id = new_uuid(),
        .attempt = 1,
        .to = number,
        .text = std::move(words.text),
        .code = secret(mask),
        .parameters = std::move(words.whatsapp),
        .needs_unicode = words.unicode,
        .validity = code.ttl,
        .callback_url = {}};
    json_writer body;
    body.open_array("requests");
    for (const auto& by : make_providers(sound)) {
        what.callback_url =
            callback_url_of(callback_url, by->name(), what.request_id, what.attempt);
        put_request(body, *by, what);
    }
    body.close_array();
    put_faults(body, faults);
    return {write_settings(from, sound), body.take()};
}

}  // namespace otp::older
