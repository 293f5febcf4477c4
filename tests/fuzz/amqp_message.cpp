// Properties, header tables and methods as a broker writes them, without the frame around them.
#include "common/amqp/codec/method.hpp"
#include "common/amqp/codec/properties.hpp"
#include "common/amqp/codec/wire.hpp"
#include "tests/fuzz/fuzz_target.hpp"

#include <algorithm>
#include <string>

namespace {

using namespace otp::amqp;
using otp::fuzz::must;

bool is_ours(std::string_view name) {
    return name.starts_with("x-");
}

void read_table(std::string_view raw) {
    const auto names = field_names(raw);
    for (const auto name : names) {
        find_string(raw, name);
        find_integer(raw, name);
    }
    find_deaths(raw);
    if (!well_formed(raw))
        return;
    const auto kept = without(raw, is_ours);
    must(well_formed(kept), "a table stays well formed when entries are taken away");
    must(std::ranges::none_of(field_names(kept), is_ours), "unwanted entries are gone");
    must(
        field_names(kept).size() +
                static_cast<std::size_t>(std::ranges::count_if(names, is_ours)) ==
            names.size(),
        "other entries stay"
    );
    std::string written;
    put_table(written, raw, {field("added", value(std::string("word")))});
    wire::reader in(written);
    const auto again = in.long_string();
    must(in.ok() && in.at_end() && well_formed(again), "a table that was added to is well formed");
    must(find_string(again, "added") == "word", "what was added is there");
}

void read_message(std::string_view octets) {
    message_properties read;
    if (!read_properties(octets, read))
        return;
    must(well_formed(read.raw_headers), "headers that were read are well formed");
    std::string written;
    put_properties(written, read);
    message_properties again;
    must(read_properties(written, again), "properties that are sent on can be read");
    std::string twice;
    put_properties(twice, again);
    must(twice == written, "properties that are sent on twice stay the same");
    must(again.message_id == read.message_id, "the message keeps its id");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto octets = otp::fuzz::text_of(data, size);
    read_table(octets);
    read_message(octets);
    method read;
    read_method(octets, read);
    return 0;
}
