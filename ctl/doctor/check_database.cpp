#include "common/postgres/connect.hpp"
#include "common/postgres/migrations.hpp"
#include "ctl/doctor/checks.hpp"
#include "ctl/doctor/remedies.hpp"

#include <cstdlib>

namespace otp {

namespace asio = boost::asio;
using postgres::params;
using postgres::statement;
using std::chrono::steady_clock;

namespace {

constexpr std::chrono::seconds database_limit{5};
constexpr int support_version = 20;  // has key_ids_in_use
constexpr int oldest_server = 150000;
constexpr int least_days_ahead = 3;
constexpr std::chrono::seconds small_skew{2};
constexpr std::chrono::seconds most_skew{30};  // half of what a job may be ahead

constexpr statement server_statement{
    "doctor_server",
    "select current_user::text, (select rolsuper from pg_roles where rolname = current_user),"
    " current_setting('server_version_num')::int, current_setting('server_version'), now(),"
    " pg_is_in_recovery(), current_setting('transaction_read_only')::bool,"
    " current_setting('fsync'), current_setting('synchronous_commit'),"
    " current_setting('max_connections')::int,"
    " (select count(*) from pg_stat_activity where backend_type = 'client backend')::int"};

constexpr statement rights_statement{
    "doctor_rights",
    "select count(*) filter (where p.proname = 'begin_sends' and"
    " has_function_privilege(p.oid, 'execute'))::int, count(*) filter (where p.proname ="
    " 'accept_send' and has_function_privilege(p.oid, 'execute'))::int"
    " from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname = 'otp'"};

constexpr statement partitions_statement{
    "doctor_partitions",
    "select count(*)::int from pg_inherits i join pg_class c on c.oid = i.inhrelid"
    " join pg_class p on p.oid = i.inhparent join pg_namespace n on n.oid = p.relnamespace"
    " where n.nspname = 'otp' and p.relname = 'delivery_event' and c.relname ~ '_[0-9]{8}$'"
    " and to_date(right(c.relname, 8), 'YYYYMMDD') >= (now() at time zone 'UTC')::date"};

constexpr statement keys_statement{
    "doctor_keys",
    "select kind, id, codes from otp.key_ids_in_use()"};

// One look after the other on one connection; each adds what it finds.
class database_examination {
public:
    database_examination(const examined_settings& of, findings& into) : of_(of), into_(into) {}

    asio::awaitable<void> run() {
        postgres::connect_options options;
        options.application_name = "otpctl doctor";
        const auto at = steady_clock::now() + database_limit * 2;
        auto opened = co_await postgres::connect(of_.database_url, options, at);
        if (!opened) {
            const auto why = opened.error().text();
            into_.fault("database", "PostgreSQL: " + why, remedy_of_database(why));
            co_return;
        }
        link_ = &*opened;
        co_await look_at_server();
        co_await look_at_schema();
        link_ = nullptr;
    }

private:
    asio::awaitable<std::optional<postgres::rows>> ask(const statement& what) {
        const params none;
        auto answer = co_await link_->execute(what, none, steady_clock::now() + database_limit);
        if (answer)
            co_return std::move(*answer);
        const auto why = answer.error().text();
        into_.fault("database", "PostgreSQL refused a question: " + why, remedy_of_database(why));
        co_return std::nullopt;
    }

    asio::awaitable<void> look_at_server() {
        const auto asked = std::chrono::system_clock::now();
        const auto server = co_await ask(server_statement);
        if (!server)
            co_return;
        judge_role(server->get<std::string>(0, 0), server->get<bool>(0, 1));
        judge_version(server->get<std::int32_t>(0, 2), server->get<std::string>(0, 3));
        judge_clock(server->get<postgres::time_point>(0, 4), asked);
        judge_writes(server->get<bool>(0, 5), server->get<bool>(0, 6));
        judge_durability(server->get<std::string>(0, 7), server->get<std::string>(0, 8));
        const int left = server->get<std::int32_t>(0, 9) - server->get<std::int32_t>(0, 10);
        if (left < 10)
            into_.warn(
                "database",
                "PostgreSQL has " + std::to_string(left) + " connections left",
                "raise max_connections: a worker takes 3, otp-verify up to 8"
            );
    }

    void judge_role(const std::string& role, bool superuser) {
        if (superuser)
            into_.warn(
                "database",
                "DATABASE_URL logs in as superuser " + role + ": a program needs few rights only",
                "give otp-worker the role otp_worker, otp-verify the role otp_verify"
            );
        else
            into_.fine("database", "reached as role " + role);
    }

    void judge_version(int number, const std::string& shown) {
        if (number < oldest_server)
            into_.fault("database", "PostgreSQL is " + shown, "update it to 15 or later");
        else
            into_.fine("database", "PostgreSQL " + shown);
    }

    void judge_clock(postgres::time_point theirs, postgres::time_point ours) {
        const auto ahead = std::chrono::duration_cast<std::chrono::seconds>(ours - theirs);
        const auto text = "this machine's clock is " + std::to_string(std::abs(ahead.count())) +
                          " s " + (ahead.count() > 0 ? "ahead of" : "behind") + " the database's";
        const std::string remedy =
            "set both by NTP (`timedatectl set-ntp true`); jobs are judged by "
            "the database's, certificates and producers' times by this one";
        if (std::chrono::abs(ahead) > most_skew)
            into_.fault("clock", text, remedy);
        else if (std::chrono::abs(ahead) > small_skew)
            into_.warn("clock", text, remedy);
        else
            into_.fine("clock", "agrees with the database's");
    }

    // A standby's transactions are read-only too.
    void judge_writes(bool standby, bool read_only) {
        if (standby)
            into_.fault(
                "database",
                "this server is a standby: it takes no writes",
                "list all hosts and target_session_attrs=read-write in DATABASE_URL"
            );
        else if (read_only)
            into_.fault(
                "database",
                "default_transaction_read_only is on: it takes no writes",
                "alter system reset default_transaction_read_only, and look for it at roles and "
                "database"
            );
    }

    // Promise 1 and 2 stand on commits that are on disk.
    void judge_durability(const std::string& fsync, const std::string& commit) {
        if (fsync == "off")
            into_.fault(
                "database",
                "fsync is off: after a crash texts may be sent twice, and rows be lost",
                "alter system set fsync = on; restart PostgreSQL"
            );
        if (commit == "off")
            into_.fault(
                "database",
                "synchronous_commit is off: after a crash texts may be sent twice",
                "alter system set synchronous_commit = on, and look for it at roles and database"
            );
    }

    asio::awaitable<void> look_at_schema() {
        const auto version =
            co_await postgres::schema_version(*link_, steady_clock::now() + database_limit);
        const int needed = postgres::required_schema_version();
        if (!version && version.error().sqlstate_is("42501")) {
            co_await look_at_age_or_rights();
            co_return;
        }
        if (!version) {
            into_.fault(
                "schema",
                "its version cannot be read: " + version.error().text(),
                "run `otpctl migrate` as superuser, then check the role in DATABASE_URL"
            );
            co_return;
        }
        if (*version < needed) {
            into_.fault(
                "schema",
                *version == 0 ? "there is none in this database"
                              : "it has version " + std::to_string(*version) +
                                    ", the programs need " + std::to_string(needed),
                "run `otpctl migrate` with the superuser's DATABASE_URL"
            );
            co_return;
        }
        if (*version > needed)
            into_.warn(
                "schema",
                "it has version " + std::to_string(*version) + ", newer than the programs' " +
                    std::to_string(needed),
                "update the programs; until then it goes on working"
            );
        else
            into_.fine("schema", "version " + std::to_string(*version));
        const bool runs_functions = co_await has_rights();
        if (!runs_functions)
            fault_of_rights();
        co_await look_at_partitions();
        if (*version >= support_version)
            co_await look_at_keys();
    }

    // Schemas before 16 let no program read their version.
    asio::awaitable<void> look_at_age_or_rights() {
        const bool runs_functions = co_await has_rights();
        if (!runs_functions)
            co_return fault_of_rights();
        into_.fault(
            "schema",
            "its version cannot be read by the program, so it is older than the programs",
            "run `otpctl migrate` with the superuser's DATABASE_URL"
        );
    }

    // True as well where the server does not say.
    asio::awaitable<bool> has_rights() {
        const auto rights = co_await ask(rights_statement);
        if (!rights)
            co_return true;
        const bool sends = rights->get<std::int32_t>(0, 0) > 0;
        const bool accepts = rights->get<std::int32_t>(0, 1) > 0;
        // Of settings for both programs, one role fits one of them.
        const bool both = of_.worker && of_.verify;
        co_return both ? sends || accepts : of_.worker ? sends : accepts;
    }

    void fault_of_rights() {
        const bool both = of_.worker && of_.verify;
        const std::string wanted = both         ? "otp_worker or otp_verify"
                                   : of_.worker ? "otp_worker"
                                                : "otp_verify";
        into_.fault(
            "database",
            "the role in DATABASE_URL may not run the program's functions",
            "log in as " + wanted + ", or grant it to that role"
        );
    }

    asio::awaitable<void> look_at_partitions() {
        const auto found = co_await ask(partitions_statement);
        if (!found)
            co_return;
        const int days = found->get<std::int32_t>(0, 0);
        if (days == 0)
            into_.fault(
                "schema",
                "there is no event partition for today: events go to the default one",
                "run `select otp.ensure_partitions(14, null)` as superuser, and see that a worker "
                "runs"
            );
        else if (days < least_days_ahead)
            into_.warn(
                "schema",
                "event partitions reach " + std::to_string(days) + " days ahead only",
                "does a worker run? Every 6 hours it makes those of 14 days"
            );
        else
            into_.fine("schema", "event partitions for " + std::to_string(days) + " days");
    }

    asio::awaitable<void> look_at_keys() {
        const auto used = co_await ask(keys_statement);
        for (int row = 0; used && row < used->size(); ++row) {
            const bool is_code = used->get<std::string>(row, 0) == "code";
            const auto& ring = is_code ? of_.code_keys : of_.hash_keys;
            const auto id = used->get<std::string>(row, 1);
            if (ring && ring->find(id) == nullptr)
                into_.fault(
                    "keys",
                    std::string(is_code ? "OTP_CODE_KEYS" : "OTP_HASH_KEYS") + " lacks key " + id +
                        ", which " + std::to_string(used->get<std::int64_t>(row, 2)) +
                        " live codes need",
                    "put that key back into the list, behind the first, for 24 hours"
                );
        }
    }

    const examined_settings& of_;
    findings& into_;
    postgres::connection* link_ = nullptr;
};

}  // namespace

asio::awaitable<void> check_database(const examined_settings& of, findings& into) {
    if (of.database_url.empty() || postgres::conninfo_fault(of.database_url)) {
        if (!of.database_url.empty())
            into.fault(
                "database",
                "DATABASE_URL is " + *postgres::conninfo_fault(of.database_url),
                remedy_of_setting("DATABASE_URL")
            );
        co_return;
    }
    database_examination examination(of, into);
    co_await examination.run();
}

}  // namespace otp
