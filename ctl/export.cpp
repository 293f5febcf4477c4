#include "common/async/run.hpp"
#include "common/core/rfc3339.hpp"
#include "ctl/csv_text.hpp"
#include "ctl/flags.hpp"
#include "ctl/run_commands.hpp"
#include "ctl/servers.hpp"
#include "ctl/tenant_flag.hpp"

#include <algorithm>
#include <array>
#include <iostream>
#include <string_view>

namespace otp {

namespace asio = boost::asio;
using postgres::params;
using postgres::statement;
using wall_time = std::chrono::system_clock::time_point;

namespace {

struct column {
    std::string_view name;
    std::string_view expression;
    bool is_time = false;
};

// What can be exported. $1 and $2 are from and to, $3 is the tenant or null.
struct exported {
    std::string_view name;
    std::vector<column> columns;
    std::string_view rows;
};

const std::array<exported, 3> tables{{
    {"deliveries",
     {{"request_id", "d.request_id"},
      {"verification_id", "d.verification_id"},
      {"tenant", "d.tenant"},
      {"number", "d.number"},
      {"purpose", "d.purpose"},
      {"user", "d.\"user\""},
      {"channel", "d.channel"},
      {"template", "d.template"},
      {"locale", "d.locale"},
      {"status", "d.status"},
      {"reason", "d.reason"},
      {"provider", "d.provider"},
      {"attempts", "d.attempts"},
      {"requested_at", "d.requested_at", true},
      {"deadline", "d.deadline", true},
      {"created_at", "d.created_at", true},
      {"finished_at", "d.finished_at", true}},
     " from audit.delivery d where d.created_at >= $1 and d.created_at < $2"
     " and ($3::text is null or d.tenant = $3) order by d.created_at, d.request_id"},
    {"attempts",
     {{"request_id", "a.request_id"},
      {"tenant", "d.tenant"},
      {"attempt", "a.attempt"},
      {"provider", "a.provider"},
      {"channel", "a.channel"},
      {"state", "a.state"},
      {"provider_message_id", "a.provider_message_id"},
      {"http_status", "a.http_status"},
      {"error_code", "a.error_code"},
      {"segments", "a.segments"},
      {"started_at", "a.started_at", true},
      {"finished_at", "a.finished_at", true}},
     " from audit.delivery_attempt a left join audit.delivery d on d.request_id = a.request_id"
     " where a.started_at >= $1 and a.started_at < $2 and ($3::text is null or d.tenant = $3)"
     " order by a.started_at, a.request_id, a.attempt"},
    {"events",
     {{"at", "e.at", true},
      {"request_id", "e.request_id"},
      {"tenant", "d.tenant"},
      {"attempt", "e.attempt"},
      {"kind", "e.kind"},
      {"status", "e.status"},
      {"error_code", "e.error_code"}},
     " from audit.delivery_event e left join audit.delivery d on d.request_id = e.request_id"
     " where e.at >= $1 and e.at < $2 and ($3::text is null or d.tenant = $3)"
     " order by e.at, e.request_id, e.attempt"},
}};

constexpr statement begin_statement{
    "export_begin",
    "begin transaction isolation level repeatable read, read only"};
constexpr statement fetch_statement{"export_fetch", "fetch 2000 from export"};
constexpr statement commit_statement{"export_commit", "commit"};

struct export_request {
    const exported* what = nullptr;
    bool csv = true;
    wall_time from;
    wall_time to;
    std::optional<std::string> tenant;
};

std::string value_of(const column& one) {
    const std::string expression(one.expression);
    if (!one.is_time)
        return expression;
    return "to_char(" + expression + " at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')";
}

// A cursor: the whole is of one moment, and neither side has it in memory.
std::string declaration_of(const export_request& asked) {
    std::string columns;
    for (const auto& one : asked.what->columns)
        columns += (columns.empty() ? "" : ", ") + value_of(one) +
                   (asked.csv ? "::text" : " as \"" + std::string(one.name) + "\"");
    const auto rows = "select " + columns + std::string(asked.what->rows);
    return "declare export no scroll cursor for " +
           (asked.csv ? rows : "select row_to_json(r)::text from (" + rows + ") r");
}

wall_time time_of(const flags& given, std::string_view name) {
    const auto time = parse_rfc3339(given.required(name));
    if (!time)
        throw exit_with(
            exit_code::usage,
            std::string(name) + " must be " + std::string(rfc3339_rule)
        );
    return *time;
}

export_request read_request(const flags& given) {
    const auto found = std::ranges::find_if(tables, [&](const exported& one) {
        return given.words().size() == 1 && one.name == given.words().front();
    });
    if (found == tables.end())
        throw exit_with(exit_code::usage, "export takes deliveries, attempts or events");
    export_request asked;
    asked.what = &*found;
    const auto format = given.text("--format", "csv");
    if (format != "csv" && format != "json")
        throw exit_with(exit_code::usage, "--format must be csv or json");
    asked.csv = format == "csv";
    asked.from = time_of(given, "--from");
    asked.to = time_of(given, "--to");
    if (asked.to <= asked.from)
        throw exit_with(exit_code::usage, "--to must be later than --from");
    asked.tenant = tenant_flag(given);
    return asked;
}

void print(const postgres::rows& page, bool csv) {
    for (int row = 0; row < page.size(); ++row) {
        if (!csv) {
            std::cout << page.get<std::string>(row, 0) << "\n";
            continue;
        }
        std::vector<std::optional<std::string>> fields;
        for (int at = 0; at < page.columns(); ++at)
            fields.push_back(page.get<std::optional<std::string>>(row, at));
        std::cout << csv_record(fields);
    }
    // A reader that went away, a full disk: whoever asked must not take a part for the whole.
    if (!std::cout.flush())
        throw exit_with(exit_code::unavailable, "standard output takes no more");
}

void print_head(const export_request& asked) {
    if (!asked.csv)
        return;
    std::vector<std::optional<std::string>> names;
    for (const auto& one : asked.what->columns)
        names.emplace_back(one.name);
    std::cout << csv_record(names);
}

asio::awaitable<void> stream(settings& from, const export_request& asked) {
    postgres::connection database = co_await connect_database(from);
    const params none;
    const params range(asked.from, asked.to, asked.tenant);
    const auto sql = declaration_of(asked);
    const statement declare{"export_declare", sql.c_str()};
    co_await ask(database, begin_statement, none);
    co_await ask(database, declare, range, whole_table_limit);
    print_head(asked);
    for (;;) {
        // The first one may have to look through the table, and to sort what it found.
        const auto page = co_await ask(database, fetch_statement, none, whole_table_limit);
        if (page.empty())
            break;
        print(page, asked.csv);
    }
    co_await ask(database, commit_statement, none);
    std::cout.flush();
}

}  // namespace

exit_code run_export(settings& from, const std::vector<std::string>& words) {
    const flags given(words, {"--from", "--to", "--format", "--tenant"});
    const auto asked = read_request(given);
    run_to_end([&] { return stream(from, asked); });
    return exit_code::fine;
}

}  // namespace otp
