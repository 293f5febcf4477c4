// Calls one fuzz target with every file of a folder: the kept inputs stay good, whatever compiler
// and build. The folder is the one argument; an empty one, or none, is a failure.
#include "tests/fuzz/fuzz_target.hpp"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

namespace {

std::vector<std::filesystem::path> files_in(const char* folder) {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder))
        if (entry.is_regular_file())
            files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    return files;
}

void replay(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    const std::vector<char> read{std::istreambuf_iterator<char>(in), {}};
    // Of exact size and without a zero behind it, so that the sanitizer sees one byte too many.
    const std::vector<std::uint8_t> input(read.begin(), read.end());
    LLVMFuzzerTestOneInput(input.data(), input.size());
}

}  // namespace

int main(int count, char** words) {
    const auto files = count == 2 ? files_in(words[1]) : std::vector<std::filesystem::path>();
    for (const auto& file : files) {
        std::fprintf(stderr, "%s\n", file.c_str());  // the last one named is the one that broke
        replay(file);
    }
    std::printf("%zu inputs replayed\n", files.size());
    return files.empty() ? 1 : 0;
}
