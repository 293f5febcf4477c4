// X-Forwarded-For and Origin: headers that decide whose request it is, and which page may read the
// answer.
#include "common/http/client_address.hpp"

#include "common/http/cors.hpp"
#include "tests/fuzz/fuzz_target.hpp"

#include <algorithm>
#include <string>

namespace {

using namespace otp::http;
using boost::asio::ip::make_address;
using otp::fuzz::must;

bool is_mapped(const boost::asio::ip::address& one) {
    return one.is_v6() && one.to_v6().is_v4_mapped();
}

server_request from(const char* peer, std::string_view forwarded) {
    server_request request;
    request.peer = make_address(peer);
    request.headers.emplace_back("x-forwarded-for", std::string(forwarded));
    return request;
}

void read_forwarded(std::string_view text) {
    static const std::vector<address_range> trusted{
        address_range::parse("10.0.0.0/8").value(),
        address_range::parse("2001:db8::/32").value()};
    const auto stranger = client_address(from("192.0.2.7", text), trusted);
    must(stranger == make_address("192.0.2.7"), "a stranger's word is not believed");
    for (const char* proxy : {"10.1.2.3", "2001:db8::1", "::ffff:10.1.2.3"}) {
        const auto whose = client_address(from(proxy, text), trusted);
        must(!is_mapped(whose), "IPv4 is IPv4, however it is written");
    }
    // What a client adds in front changes nothing of what its proxy wrote.
    const auto added = std::string(text) + ", 198.51.100.4";
    must(
        client_address(from("10.1.2.3", added), trusted) == make_address("198.51.100.4"),
        "the proxy's own entry counts"
    );
}

void read_origin(std::string_view text) {
    static const allowed_origins origins{"https://app.example.com"};
    server_request request;
    request.headers.emplace_back("origin", std::string(text));
    server_answer answer;
    allow_origin(origins, request, answer);
    for (const auto& [name, value] : answer.headers)
        must(
            name != "Access-Control-Allow-Origin" || value == origins.front(),
            "only a listed page may read the answer"
        );
    is_origin(text);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto text = otp::fuzz::text_of(data, size);
    read_forwarded(text);
    read_origin(text);
    address_range::parse(text);
    return 0;
}
