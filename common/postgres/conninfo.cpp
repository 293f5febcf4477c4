#include "common/postgres/conninfo.hpp"

#include "common/postgres/error.hpp"

#include <boost/asio/ip/address.hpp>

#include <libpq-fe.h>

#include <algorithm>
#include <cstring>

namespace otp::postgres {

namespace {

std::vector<std::string> split(std::string_view list) {
    std::vector<std::string> parts;
    while (!list.empty()) {
        const auto comma = std::min(list.find(','), list.size());
        parts.emplace_back(list.substr(0, comma));
        list.remove_prefix(std::min(comma + 1, list.size()));
    }
    return parts;
}

std::string_view find(const PQconninfoOption* options, std::string_view keyword) {
    for (auto* option = options; option->keyword; ++option)
        if (option->keyword == keyword && option->val)
            return option->val;
    return {};
}

bool is_numeric(const std::string& host) {
    boost::system::error_code error;
    boost::asio::ip::make_address(host, error);
    return !error;
}

bool is_number(const std::string& text) {
    return text.find_first_not_of("0123456789") == std::string::npos;
}

// libpq's rule: lists of hosts, addresses and ports go together by place; one port serves all.
boost::system::result<std::vector<target>, std::string> find_targets(const PQconninfoOption* given
) {
    const auto hosts = split(find(given, "host"));
    const auto addresses = split(find(given, "hostaddr"));
    const auto ports = split(find(given, "port"));
    const auto count = std::max<std::size_t>({hosts.size(), addresses.size(), 1});
    const auto fits = [&](const auto& list, std::size_t least) {
        return list.size() <= least || list.size() == count;
    };
    if (!fits(hosts, 0) || !fits(addresses, 0) || !fits(ports, 1))
        return std::string("the lists of hosts, hostaddr and ports differ in length");
    // Not repeated: in "postgresql://user:password" without a host the password stands there.
    if (!std::all_of(ports.begin(), ports.end(), is_number))
        return std::string("a port is not a number");

    std::vector<target> targets(count);
    for (std::size_t i = 0; i < count; ++i) {
        targets[i].host = hosts.empty() ? "" : hosts[i];
        targets[i].address = addresses.empty() ? "" : addresses[i];
        targets[i].port = ports.empty() ? "" : ports[ports.size() == 1 ? 0 : i];
    }
    return targets;
}

}  // namespace

std::string target::shown() const {
    const auto& name = host.empty() ? address : host;
    const std::string place = name.empty() ? "the default host" : name;
    return port.empty() || host.starts_with('/') ? place : place + ":" + port;
}

bool target::needs_lookup() const {
    return address.empty() && !host.empty() && host[0] != '/' && host[0] != '@' &&
           !is_numeric(host);
}

void conninfo::free_options::operator()(_PQconninfoOption* options) const noexcept {
    for (auto* option = options; option->keyword; ++option)
        if (option->val)
            ::explicit_bzero(option->val, std::strlen(option->val));
    PQconninfoFree(options);
}

conninfo::conninfo(options parsed, std::vector<target> targets)
    : options_(std::move(parsed)),
      targets_(std::move(targets)) {}

boost::system::result<conninfo, std::string> conninfo::parse(const secret& text) {
    secret terminated = secret::of_size(text.size() + 1);  // libpq wants the zero at its end
    std::copy_n(text.reveal().begin(), text.size(), terminated.bytes().begin());
    char* message = nullptr;
    options parsed(PQconninfoParse(terminated.reveal().data(), &message));
    if (!parsed) {
        std::string fault = without_quoted_text(message ? message : "out of memory");
        PQfreemem(message);
        fault.erase(std::find(fault.begin(), fault.end(), '\n'), fault.end());
        return fault;
    }
    auto targets = find_targets(parsed.get());
    if (!targets)
        return targets.error();
    return conninfo(std::move(parsed), std::move(*targets));
}

std::string_view conninfo::option(std::string_view keyword) const {
    return find(options_.get(), keyword);
}

std::vector<std::pair<const char*, const char*>> conninfo::other_options() const {
    std::vector<std::pair<const char*, const char*>> others;
    for (auto* option = options_.get(); option->keyword; ++option) {
        const std::string_view keyword = option->keyword;
        if (option->val && keyword != "host" && keyword != "hostaddr" && keyword != "port")
            others.emplace_back(option->keyword, option->val);
    }
    return others;
}

}  // namespace otp::postgres
