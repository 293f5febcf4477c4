#include "common/store/resend_source.hpp"

#include <cstdint>

namespace otp {

namespace {

using maybe_text = std::optional<std::string>;

constexpr postgres::statement find_source{
    "verification_for_resend",
    "select status, number, purpose, \"user\", client_ip, channel, template, locale, ttl_seconds,"
    " code_length, request_id, job, repeats from otp.verification_for_resend($1, $2, $3)"};

resend_source read_source(const postgres::rows& from) {
    resend_source source;
    source.status = from.get<std::string>(0, 0);
    source.number = from.get<std::string>(0, 1);
    source.purpose = from.get<std::string>(0, 2);
    source.user = from.get<maybe_text>(0, 3);
    source.client_ip = from.get<maybe_text>(0, 4);
    source.channel = from.get<maybe_text>(0, 5);
    source.template_name = from.get<maybe_text>(0, 6);
    source.locale = from.get<maybe_text>(0, 7);
    if (const auto ttl = from.get<std::optional<std::int32_t>>(0, 8))
        source.ttl = std::chrono::seconds(*ttl);
    if (const auto length = from.get<std::optional<std::int32_t>>(0, 9))
        source.code_length = *length;
    source.request_id = from.get<std::optional<uuid>>(0, 10);
    if (const auto job = from.get<std::optional<postgres::bytea_view>>(0, 11))
        source.job.emplace(reinterpret_cast<const char*>(job->data()), job->size());
    source.repeats = from.get<bool>(0, 12);
    return source;
}

}  // namespace

boost::asio::awaitable<postgres::result<std::optional<resend_source>>> find_for_resend(
    postgres::pool& database,
    const std::string& tenant,
    const uuid& id,
    const uuid& request_id,
    deadline at
) {
    const postgres::params with(tenant, id, request_id);
    const auto found = co_await database.execute(find_source, with, at);
    if (!found)
        co_return found.error();
    std::optional<resend_source> source;
    if (!found->empty())
        source = read_source(*found);
    co_return source;
}

}  // namespace otp
