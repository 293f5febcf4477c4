// The pure half of migrations.hpp, and the reading of the files.
#include "common/core/hex.hpp"
#include "common/core/sha256.hpp"
#include "common/postgres/migrations.hpp"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>
#include <tuple>

namespace otp::postgres {

namespace fs = std::filesystem;

namespace {

// "0001_first.sql" gives version and name; another form gives version 0.
migration parse_name(const std::string& file) {
    constexpr std::size_t digits = 4;
    migration parsed;
    const auto name_end = file.size() - std::string_view(".sql").size();
    if (name_end <= digits + 1 || file[digits] != '_')
        return parsed;
    const auto in_name = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    };
    const auto name = file.substr(digits + 1, name_end - digits - 1);
    int version = 0;
    const auto end = std::from_chars(file.data(), file.data() + digits, version).ptr;
    if (end != file.data() + digits || !std::all_of(name.begin(), name.end(), in_name))
        return parsed;
    parsed.version = version;
    parsed.name = name;
    return parsed;
}

std::string check_sequence(const std::vector<migration>& sorted) {
    int expected = 1;
    for (const auto& one : sorted) {
        if (one.version < expected)
            return "migration " + std::to_string(one.version) + " (" + one.name +
                   ") has the number of another one";
        if (one.version > expected)
            return "migration " + std::to_string(one.version) + " (" + one.name +
                   ") comes after a gap: number " + std::to_string(expected) + " is missing";
        ++expected;
    }
    return {};
}

}  // namespace

or_fault<std::vector<migration>> load_migrations(const fs::path& folder) {
    std::error_code failure;
    std::vector<migration> found;
    for (const auto& entry : fs::directory_iterator(folder, failure)) {
        const auto file = entry.path().filename().string();
        if (!file.ends_with(".sql"))
            continue;
        auto parsed = parse_name(file);
        if (parsed.version == 0)
            return entry.path().string() + ": a migration is named like 0001_first_tables.sql";
        std::ifstream stream(entry.path(), std::ios::binary);
        parsed.sql.assign(std::istreambuf_iterator<char>(stream), {});
        if (!stream)
            return entry.path().string() + ": cannot be read";
        parsed.sha256 = to_hex(sha256(parsed.sql));
        found.push_back(std::move(parsed));
    }
    if (failure)
        return folder.string() + ": " + failure.message();
    std::sort(found.begin(), found.end(), [](const migration& a, const migration& b) {
        return std::tie(a.version, a.name) < std::tie(b.version, b.name);
    });
    if (const auto fault = check_sequence(found); !fault.empty())
        return folder.string() + ": " + fault;
    return found;
}

or_fault<std::vector<migration>> plan(
    const std::vector<applied_migration>& applied,
    const std::vector<migration>& available
) {
    auto pending = available;
    for (const auto& done : applied) {
        const auto known = std::find_if(pending.begin(), pending.end(), [&](const migration& one) {
            return one.version == done.version;
        });
        const auto shown = "migration " + std::to_string(done.version) + " (" + done.name + ")";
        if (known == pending.end())
            return "the database has " + shown +
                   ", which is not among the files: use the files of the release that ran it";
        if (known->sha256 != done.sha256)
            return "the file of " + shown +
                   " has changed since it was run: restore it and put the change into a new file";
        pending.erase(known);
    }
    return pending;
}

}  // namespace otp::postgres
