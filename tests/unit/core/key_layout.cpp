// SPDX-License-Identifier: Apache-2.0
#include <core/key_layout.hpp>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <limits>
#include <string>

BOOST_AUTO_TEST_SUITE(core_key_layout)

using namespace leasehold;
using namespace leasehold::core;
namespace data = boost::unit_test::data;
using namespace std::string_literals;

namespace {

constexpr auto largest = std::numeric_limits<lease_id>::max();

}  // namespace

BOOST_AUTO_TEST_CASE(a_queue_is_the_name_and_a_slash_whatever_the_name)
{
    BOOST_TEST(queue_prefix("/my-app/locks/a") == "/my-app/locks/a/");
    BOOST_TEST(queue_prefix("a/") == "a//");
    BOOST_TEST(queue_prefix("\0x"s) == "\0x/"s);
}

// fmt.Sprintf("%s%x", prefix, lease) of Go's concurrency.Mutex.
BOOST_AUTO_TEST_CASE(keys_are_the_ones_that_go_writes)
{
    BOOST_TEST(queue_key("lock/", 0x694d7f3b2a1c0d5e) == "lock/694d7f3b2a1c0d5e");
    BOOST_TEST(queue_key("lock/", 7587848390000000001) == "lock/694d73e897783c01");
    BOOST_TEST(queue_key("lock/", 0xABCDEF) == "lock/abcdef");
    BOOST_TEST(queue_key("lock/", 1) == "lock/1");
    BOOST_TEST(queue_key("lock/", 0x10) == "lock/10");
    BOOST_TEST(queue_key("lock/", largest) == "lock/7fffffffffffffff");
}

BOOST_DATA_TEST_CASE(the_lease_of_a_key_is_the_one_it_was_made_of,
                     data::make({lease_id{1}, lease_id{0xf}, lease_id{0x10}, lease_id{0x694d7f3b2a1c0d5e},
                                 largest}),
                     lease)
{
    BOOST_TEST((lease_of_key("lock/", queue_key("lock/", lease)) == lease));
}

BOOST_DATA_TEST_CASE(other_keys_name_no_lease,
                     data::make({
                         "",
                         "lock",
                         "lock/",          // nothing behind the prefix
                         "lock/0",         // no lease
                         "lock/01",        // padded
                         "lock/694D7F3B",  // upper case
                         "lock/0x1",
                         "lock/-1",
                         "lock/+1",
                         "lock/ 1",
                         "lock/1 ",
                         "lock/12g",
                         "lock/1/2",               // the key of a lock nested below
                         "lock/8000000000000000",  // no positive lease
                         "lock/ffffffffffffffff",
                         "lock/10000000000000001",  // too large for 64 bits
                         "lick/1",
                     }),
                     key)
{
    BOOST_TEST(!lease_of_key("lock/", key));
}

BOOST_AUTO_TEST_CASE(a_key_with_a_zero_byte_behind_it_names_no_lease)
{
    BOOST_TEST(!lease_of_key("lock/", "lock/1\0"s));
}

BOOST_AUTO_TEST_CASE(the_end_of_a_prefix_is_the_next_one)
{
    BOOST_TEST(prefix_end("lock/") == "lock0");
    BOOST_TEST(prefix_end("a") == "b");
    BOOST_TEST(prefix_end("a\0"s) == "a\1");
    BOOST_TEST(prefix_end("a\x7f") == "a\x80");
    BOOST_TEST(prefix_end("a\xfe") == "a\xff");
}

BOOST_AUTO_TEST_CASE(largest_bytes_at_the_end_of_a_prefix_carry)
{
    BOOST_TEST(prefix_end("a\xff") == "b");
    BOOST_TEST(prefix_end("ab\xff\xff") == "ac");
    BOOST_TEST(prefix_end("\xff"
                          "a\xff") ==
               "\xff"
               "b");
}

BOOST_AUTO_TEST_CASE(a_prefix_that_nothing_follows_ends_with_the_key_space)
{
    BOOST_TEST(prefix_end("") == "\0"s);
    BOOST_TEST(prefix_end("\xff") == "\0"s);
    BOOST_TEST(prefix_end("\xff\xff\xff") == "\0"s);
}

// The lock "a" must see "a/1" and neither "a.x" nor "a0".
BOOST_AUTO_TEST_CASE(a_queue_holds_exactly_the_keys_that_begin_with_its_prefix)
{
    const auto first = queue_prefix("a");
    const auto end = prefix_end(first);
    const auto inside = [&](const std::string& key) { return key >= first && key < end; };
    BOOST_TEST(inside("a/1"));
    BOOST_TEST(inside("a/\xff\xff"));
    BOOST_TEST(!inside("a"));
    BOOST_TEST(!inside("a.x"));
    BOOST_TEST(!inside("a0"));
    BOOST_TEST(!inside("ab/1"));
}

BOOST_AUTO_TEST_SUITE_END()
