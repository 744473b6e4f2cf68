// SPDX-License-Identifier: Apache-2.0
#include "entries.hpp"

#include <view/queue_key.hpp>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <limits>
#include <string>

BOOST_AUTO_TEST_SUITE(cli_queue_key)

using namespace leasehold;
using namespace leasehold::cli;
namespace data = boost::unit_test::data;
using namespace std::string_literals;

BOOST_AUTO_TEST_CASE(a_key_is_the_name_a_slash_and_the_lease)
{
    const auto parsed = parse_queue_key("/my-app/locks/a/694d7f3b2a1c0d5e");
    BOOST_REQUIRE(parsed);
    BOOST_TEST(parsed->name == "/my-app/locks/a");
    BOOST_TEST(parsed->lease == 0x694d7f3b2a1c0d5e);
}

BOOST_AUTO_TEST_CASE(any_name_will_do)
{
    BOOST_TEST(parse_queue_key("a//1")->name == "a/");
    BOOST_TEST(parse_queue_key("//1")->name == "/");
    BOOST_TEST(parse_queue_key("a\0\n/1"s)->name == "a\0\n"s);
    BOOST_TEST(parse_queue_key("1/2")->name == "1");
}

BOOST_DATA_TEST_CASE(other_keys_are_no_place_in_a_queue,
                     data::make({"", "/", "a", "a/", "/1", "a/0", "a/01", "a/A", "a/0x1", "a/-1", "a/+1",
                                 "a/1 ", "a/1/", "a/g", "a/8000000000000000", "a/10000000000000000"}),
                     key)
{
    BOOST_TEST(!parse_queue_key(key));
}

BOOST_AUTO_TEST_CASE(a_key_belongs_to_a_lock_when_its_own_lease_names_it)
{
    auto kv = test::entry("a", 0x1f, 5);
    BOOST_TEST((lock_of(kv) == "a"));
    kv.lease = 0x20;
    BOOST_TEST(!lock_of(kv));
    kv.lease = 0;
    BOOST_TEST(!lock_of(kv));
}

BOOST_DATA_TEST_CASE(what_is_written_is_read,
                     data::make({lease_id{1}, lease_id{0xabcdef}, std::numeric_limits<lease_id>::max()}),
                     lease)
{
    BOOST_TEST(parse_queue_key("x/" + hex(lease))->lease == lease);
}

BOOST_AUTO_TEST_SUITE_END()
