#include "common/postgres/server_message.hpp"

#include <libpq-fe.h>

#include <string>

namespace otp::postgres {

error server_error(const pg_result* got, std::string_view statement_name) {
    const auto field = [got](int code) {
        const char* text = PQresultErrorField(got, code);
        return std::string_view(text ? text : "");
    };
    const auto sqlstate = field(PG_DIAG_SQLSTATE);
    std::string text(statement_name);
    text += ": ";
    text += safe_message(sqlstate, field(PG_DIAG_MESSAGE_PRIMARY));
    return error(error::kind::server, sqlstate, std::move(text));
}

std::string connect_message(std::string_view message) {
    std::string line;
    for (const char c : message) {
        if (c != '\n' && c != '\t')
            line += c;
        else if (!line.empty() && line.back() != ' ')
            line += ' ';
    }
    line.erase(line.find_last_not_of(' ') + 1);
    if (line.find("certificate verify failed") != std::string::npos)
        line += " (the server's certificate is not signed by a CA in sslrootcert)";
    return line;
}

}  // namespace otp::postgres
