// SPDX-License-Identifier: Apache-2.0
#include <view/time_text.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>

BOOST_AUTO_TEST_SUITE(cli_time_text)

using namespace leasehold::cli;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_CASE(durations_have_two_units)
{
    BOOST_TEST(short_duration(0s) == "0s");
    BOOST_TEST(short_duration(59s) == "59s");
    BOOST_TEST(short_duration(60s) == "1m00s");
    BOOST_TEST(short_duration(192s) == "3m12s");
    BOOST_TEST(short_duration(59min + 59s) == "59m59s");
    BOOST_TEST(short_duration(1h) == "1h00m");
    BOOST_TEST(short_duration(2h + 5min + 59s) == "2h05m");
    BOOST_TEST(short_duration(24h) == "1d00h");
    BOOST_TEST(short_duration(76h) == "3d04h");
    BOOST_TEST(short_duration(100 * 24h) == "100d");
}

BOOST_AUTO_TEST_CASE(a_clock_that_goes_wrong_makes_no_negative_duration)
{
    BOOST_TEST(short_duration(-5s) == "0s");
}

BOOST_AUTO_TEST_CASE(moments_are_in_universal_time)
{
    using std::chrono::sys_seconds;
    BOOST_TEST(timestamp(sys_seconds{0s}) == "1970-01-01T00:00:00Z");
    BOOST_TEST(timestamp(sys_seconds{1795275302s}) == "2026-11-21T15:35:02Z");
    BOOST_TEST(timestamp(sys_seconds{-1s}) == "1969-12-31T23:59:59Z");
}

BOOST_AUTO_TEST_SUITE_END()
