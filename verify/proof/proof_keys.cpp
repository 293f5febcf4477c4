#include "verify/proof/proof_keys.hpp"

#include "common/config/settings.hpp"
#include "common/otp/keys.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace otp {

namespace {

constexpr std::string_view keys_name = "OTP_PROOF_KEYS";
constexpr std::size_t most_file_bytes = 16384;  // a key has some 240
constexpr std::string_view wanted_key =
    "; expected a P-256 private key in PEM without a passphrase, as `openssl genpkey -algorithm EC"
    " -pkeyopt ec_paramgen_curve:P-256` writes it";

// The error is errno. Past the buffers of a stream, which would keep a copy of the key.
boost::system::result<secret, int> read_file(const std::string& path) {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return errno;
    auto text = secret::of_size(most_file_bytes);
    std::size_t size = 0;
    ssize_t got = 0;
    while ((got = ::read(file, text.bytes().data() + size, text.size() - size)) > 0)
        size += static_cast<std::size_t>(got);
    const int error = got < 0 ? errno : 0;
    ::close(file);
    if (error != 0)
        return error;
    return secret(text.reveal().substr(0, size));
}

boost::system::result<proof_key, std::string> read_key(std::string id, const std::string& path) {
    const auto text = read_file(path);
    if (!text)
        return std::string("cannot be read: ") + std::strerror(text.error());
    return proof_key::from_pem(std::move(id), text->reveal());
}

bool has(const std::vector<proof_key>& keys, std::string_view id) {
    return std::ranges::any_of(keys, [id](const proof_key& one) { return one.id() == id; });
}

// "id:path"; the error names the key by its id, or by its place where it has none.
boost::system::result<proof_key, std::string> read_entry(
    std::string_view entry,
    std::size_t place,
    const std::vector<proof_key>& earlier
) {
    const auto colon = entry.find(':');
    const auto id = std::string(entry.substr(0, colon));
    const auto nth = "key " + std::to_string(place) + ": ";
    if (colon == std::string_view::npos || colon + 1 == entry.size())
        return nth + "expected id:path";
    if (!is_key_id(id))
        return nth + std::string(key_id_rule);
    if (has(earlier, id))
        return "key " + id + ": its id is that of an earlier key";
    const auto path = std::string(entry.substr(colon + 1));
    auto key = read_key(id, path);
    if (!key)
        return "key " + id + ": " + path + " " + key.error() + std::string(wanted_key);
    return key;
}

std::vector<proof_key> read_keys(settings& from) {
    std::vector<proof_key> keys;
    std::size_t place = 0;
    for (const auto& entry : from.list(keys_name)) {
        if (auto key = read_entry(entry, ++place, keys))
            keys.push_back(std::move(*key));
        else
            from.fault(keys_name, key.error());
    }
    return keys;
}

std::string read_issuer(settings& from) {
    constexpr std::size_t most = 255;
    auto issuer = from.text("OTP_PROOF_ISSUER", "otp-verify");
    const auto is_plain = [](char c) { return c > ' ' && c <= '~'; };
    if (issuer.size() > most || !std::ranges::all_of(issuer, is_plain))
        from.fault(
            "OTP_PROOF_ISSUER",
            "must be 1 to 255 ASCII characters without blanks, such as https://otp.example.com"
        );
    return issuer;
}

}  // namespace

proof_settings read_proof_settings(settings& from) {
    proof_settings all;
    all.keys = read_keys(from);
    all.issuer = read_issuer(from);
    return all;
}

}  // namespace otp
