#include "common/core/secret.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstdlib>
#include <new>
#include <string>
#include <type_traits>
#include <utility>

using namespace otp;

namespace {

// One block that is looked at when it is given back to the heap.
struct watch {
    const void* block = nullptr;
    std::size_t size = 0;
    bool given_back = false;
    bool all_zero = false;
};
watch watched;

template <class T>
concept printable = requires(std::ostream& out, const T& value) {
    out << value;
};

void watch_block(const secret& text) {
    watched = {text.reveal().data(), text.size(), false, false};
}

}  // namespace

void* operator new[](std::size_t size) {
    if (void* block = std::malloc(size > 0 ? size : 1))
        return block;
    throw std::bad_alloc();
}

void operator delete[](void* block) noexcept {
    if (block != nullptr && block == watched.block && !watched.given_back) {
        const auto* bytes = static_cast<const char*>(block);
        watched.given_back = true;
        watched.all_zero =
            std::all_of(bytes, bytes + watched.size, [](char c) { return c == '\0'; });
    }
    std::free(block);
}

void operator delete[](void* block, std::size_t) noexcept {
    operator delete[](block);
}

BOOST_AUTO_TEST_SUITE(a_secret)

BOOST_AUTO_TEST_CASE(is_not_copied_printed_or_converted_by_accident) {
    BOOST_TEST(!std::is_copy_constructible_v<secret>);
    BOOST_TEST(!std::is_copy_assignable_v<secret>);
    BOOST_TEST(!printable<secret>);
    BOOST_TEST((!std::is_convertible_v<secret, std::string_view>));
    BOOST_TEST((!std::is_convertible_v<secret, std::string>));
    BOOST_TEST((!std::is_convertible_v<std::string_view, secret>));
}

BOOST_AUTO_TEST_CASE(is_wiped_before_its_memory_is_given_back) {
    {
        const secret code("123456");
        watch_block(code);
    }
    BOOST_TEST(watched.given_back);
    BOOST_TEST(watched.all_zero);
}

BOOST_AUTO_TEST_CASE(is_wiped_when_another_takes_its_place) {
    secret code("123456");
    watch_block(code);
    code = secret("654321");
    BOOST_TEST(watched.given_back);
    BOOST_TEST(watched.all_zero);
    BOOST_TEST(code.reveal() == "654321");
}

BOOST_AUTO_TEST_CASE(is_wiped_on_demand) {
    secret code("123456");
    watch_block(code);
    code.wipe();
    BOOST_TEST(watched.given_back);
    BOOST_TEST(watched.all_zero);
    BOOST_TEST(code.empty());
    code.wipe();
    BOOST_TEST(code.empty());
}

BOOST_AUTO_TEST_CASE(moves_without_a_second_copy_and_leaves_nothing_behind) {
    secret first("123456");
    const char* where = first.reveal().data();
    secret second(std::move(first));
    BOOST_TEST(static_cast<const void*>(second.reveal().data()) == where);
    BOOST_TEST(first.empty());  // what the header promises of a moved-from secret
    secret third;
    third = std::move(second);
    BOOST_TEST(static_cast<const void*>(third.reveal().data()) == where);
    BOOST_TEST(second.empty());
    secret& itself = third;
    third = std::move(itself);
    BOOST_TEST(third.reveal() == "123456");
}

BOOST_AUTO_TEST_CASE(has_a_second_copy_only_where_one_is_asked_for) {
    const secret code("123456");
    const secret copy = code.clone();
    BOOST_TEST(copy.reveal() == "123456");
    BOOST_TEST(
        static_cast<const void*>(copy.reveal().data()) !=
        static_cast<const void*>(code.reveal().data())
    );
}

BOOST_AUTO_TEST_CASE(of_a_size_is_zero_and_can_be_filled) {
    secret made = secret::of_size(3);
    BOOST_TEST(made.reveal() == std::string_view("\0\0\0", 3));
    made.bytes()[1] = 'x';
    BOOST_TEST(made.reveal() == std::string_view("\0x\0", 3));
    BOOST_TEST(secret::of_size(0).empty());
}

BOOST_AUTO_TEST_CASE(equals_the_same_text_only) {
    const secret code("123456");
    BOOST_TEST(code.equals("123456"));
    BOOST_TEST(!code.equals("123457"));
    BOOST_TEST(!code.equals("023456"));
    BOOST_TEST(!code.equals("12345"));
    BOOST_TEST(!code.equals("1234567"));
    BOOST_TEST(!code.equals(""));
    BOOST_TEST(secret().equals(""));
    BOOST_TEST(secret("a\0b").equals("a"));
}

BOOST_AUTO_TEST_SUITE_END()
