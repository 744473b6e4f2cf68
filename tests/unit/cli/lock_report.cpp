// SPDX-License-Identifier: Apache-2.0
#include "entries.hpp"

#include <view/lock_report.hpp>
#include <view/text.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <string>
#include <vector>

BOOST_AUTO_TEST_SUITE(cli_lock_report)

using namespace leasehold;
using namespace leasehold::cli;
using namespace leasehold::cli::test;
using namespace std::chrono_literals;
using namespace std::string_literals;

namespace {

using lines = std::vector<std::string>;

constexpr std::chrono::sys_seconds moment{1795275302s};

void expect(const lines& found, const lines& expected)
{
    BOOST_TEST(found == expected, boost::test_tools::per_element());
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_lock_has_a_line)
{
    lock_row known = row_of_owner("orders/1", moment, 12);
    known.ttl = 14s;
    lock_row other = row("x", 0, 0xabc);
    other.set_value("10.0.0.7:80");
    expect(lock_lines({known, other}, std::nullopt),
           {"NAME      HOLDER            SINCE                 TTL  WAITERS  VALUE",
            "orders/1  web3:4242 worker  2026-11-21T15:35:02Z  14s       12",
            "x         lease abc         -                       -        0  10.0.0.7:80"});
}

BOOST_AUTO_TEST_CASE(no_lock_leaves_the_titles)
{
    expect(lock_lines({}, std::nullopt), {"NAME  HOLDER  SINCE  TTL  WAITERS  VALUE"});
}

BOOST_AUTO_TEST_CASE(names_and_values_are_escaped)
{
    lock_row bad = row("a\n\0b"s, 0, 1);
    bad.set_value("x\ny\x1b[2J");
    const auto found = lock_lines({bad}, std::nullopt);
    BOOST_TEST(found[1] == "a\\n\\x00b  lease 1  -        -        0  x\\ny\\x1b[2J");
}

BOOST_AUTO_TEST_CASE(names_are_not_clipped)
{
    lock_row wide = row(std::string(70, 'n'), 0, 1);
    wide.set_value(std::string(300, 'v'));
    const auto found = lock_lines({wide}, 80);
    BOOST_TEST(found[1].starts_with(std::string(70, 'n') + ' '));
    BOOST_TEST(found[1].ends_with("vvvv…"));
}

BOOST_AUTO_TEST_CASE(a_lock_has_an_object)
{
    lock_row known = row_of_owner("a", moment, 3);
    known.holder.value = "record";
    known.ttl = 14s;
    BOOST_TEST(lock_json(known).text() ==
               R"({"name":"a","key":"a/1","lease":"1","create_revision":1,"value":"record",)"
               R"("owner":{"host":"web3","pid":4242,"program":"worker","since":"2026-11-21T15:35:02Z"},)"
               R"("ttl":14,"waiters":3})");
    lock_row other = row("b", 0, 0x2f);
    other.set_value("own");
    BOOST_TEST(lock_json(other).text() ==
               R"({"name":"b","key":"b/2f","lease":"2f","create_revision":47,"value":"own","owner":null,)"
               R"("ttl":null,"waiters":0})");
}

BOOST_AUTO_TEST_CASE(a_queue_has_positions_from_0_on)
{
    const std::vector<key_value> queue{entry("a", 0xb, 10, "first"), entry("a", 0xa, 12, "second\n")};
    expect(queue_lines(queue, std::nullopt),
           {"POSITION  KEY  OWNER  SINCE  VALUE",  //
            "       0  a/b  -      -      first",  //
            "       1  a/a  -      -      second\\n"});
    BOOST_TEST(
        queue_json(queue[1], 1).text() ==
        R"({"position":1,"key":"a/a","lease":"a","create_revision":12,"value":"second\u000a","owner":null})");
}

BOOST_AUTO_TEST_CASE(a_change_is_one_line_of_fields)
{
    BOOST_TEST(change_line("a\tb", entry("a\tb", 0x1f, 3, "v\n1")) == "held\ta\\tb\tlease 1f\tv\\n1");
    BOOST_TEST(change_line("a\nb", std::nullopt) == "free\ta\\nb");
}

BOOST_AUTO_TEST_CASE(a_change_is_an_object)
{
    BOOST_TEST(change_json("a", std::nullopt, 7).text() == R"({"name":"a","held":false,"revision":7})");
    BOOST_TEST(change_json("a", entry("a", 2, 3, "v"), 5).text() ==
               R"({"name":"a","held":true,"revision":5,"key":"a/2","lease":"2","create_revision":3,)"
               R"("value":"v","owner":null})");
}

BOOST_AUTO_TEST_SUITE_END()
