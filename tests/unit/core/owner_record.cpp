// SPDX-License-Identifier: Apache-2.0
#include <leasehold/owner_record.hpp>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstdint>
#include <limits>
#include <string>

BOOST_AUTO_TEST_SUITE(core_owner_record)

using namespace leasehold;
using namespace std::chrono_literals;
namespace data = boost::unit_test::data;
using namespace std::string_literals;

namespace {

constexpr auto some_day = std::chrono::sys_days{std::chrono::year{2026} / 11 / 21};

owner_record record(std::string host, std::int64_t pid, std::string program, std::chrono::sys_seconds since)
{
    owner_record r;
    r.host = std::move(host);
    r.pid = pid;
    r.program = std::move(program);
    r.since = since;
    return r;
}

const std::string usual = "host=web-3 pid=4711 program=backup since=2026-11-21T10:03:02Z";

}  // namespace

BOOST_AUTO_TEST_CASE(a_record_is_one_line_that_people_can_read)
{
    BOOST_TEST(to_string(record("web-3", 4711, "backup", some_day + 10h + 3min + 2s)) == usual);
}

BOOST_AUTO_TEST_CASE(what_was_written_is_read_back)
{
    const auto r = parse_owner_record(usual);
    BOOST_REQUIRE(r.has_value());
    BOOST_TEST(r->host == "web-3");
    BOOST_TEST(r->pid == 4711);
    BOOST_TEST(r->program == "backup");
    BOOST_TEST((r->since == some_day + 10h + 3min + 2s));
}

BOOST_DATA_TEST_CASE(whatever_the_names_are_they_come_back,
                     data::make({
                         ""s,
                         " "s,
                         "two words"s,
                         "a=b pid=1"s,
                         "100%"s,
                         "%20"s,
                         "line\nbreak\r\ttab"s,
                         "\0zero\0"s,
                         "\x7f\x1b[2J"s,
                         "Grüße-😀"s,
                         "\xff\xfe not UTF-8"s,
                     }),
                     name)
{
    const auto r = record(name, 1, name, some_day);
    const auto text = to_string(r);
    BOOST_TEST(text.find_first_of("\n\r\t\0\x7f\x1b"s) == std::string::npos, text);
    BOOST_TEST((parse_owner_record(text) == r), text);
}

BOOST_AUTO_TEST_CASE(whatever_the_numbers_are_they_come_back)
{
    for (const auto pid : {std::int64_t{0}, std::int64_t{-1}, std::numeric_limits<std::int64_t>::max(),
                           std::numeric_limits<std::int64_t>::min()}) {
        const auto r = record("h", pid, "p", some_day);
        BOOST_TEST((parse_owner_record(to_string(r)) == r), to_string(r));
    }
    for (const auto since :
         {std::chrono::sys_seconds{0s}, std::chrono::sys_seconds{-1s}, some_day + 23h + 59min + 59s,
          std::chrono::sys_days{std::chrono::year{2028} / 2 / 29} + 0s,
          std::chrono::sys_days{std::chrono::year{0} / 1 / 1} + 0s,
          std::chrono::sys_days{std::chrono::year{9999} / 12 / 31} + 86399s}) {
        const auto r = record("h", 1, "p", since);
        BOOST_TEST((parse_owner_record(to_string(r)) == r), to_string(r));
    }
}

BOOST_AUTO_TEST_CASE(fields_of_a_later_version_are_passed_over)
{
    const auto r = parse_owner_record(usual + " region=eu zone=b");
    BOOST_REQUIRE(r.has_value());
    BOOST_TEST(to_string(*r) == usual);
}

// Somebody else's values: read as no record, and never a failure.
BOOST_DATA_TEST_CASE(other_values_are_no_records,
                     data::make({
                         ""s,
                         "10.0.0.7:8080"s,
                         "\0\1\2"s,
                         "{\"host\":\"web-3\"}"s,
                         "host="s,
                         "host=web-3"s,
                         "host=web-3 pid=4711 program=backup"s,
                         "host=web-3 pid=4711 program=backup since="s,
                         "pid=4711 host=web-3 program=backup since=2026-11-21T10:03:02Z"s,
                         " host=web-3 pid=4711 program=backup since=2026-11-21T10:03:02Z"s,
                         "host=web-3  pid=4711 program=backup since=2026-11-21T10:03:02Z"s,
                         "host=web-3 pid= program=backup since=2026-11-21T10:03:02Z"s,
                         "host=web-3 pid=x program=backup since=2026-11-21T10:03:02Z"s,
                         "host=web-3 pid=1x program=backup since=2026-11-21T10:03:02Z"s,
                         "host=web-3 pid=99999999999999999999 program=backup since=2026-11-21T10:03:02Z"s,
                         "host=%G0 pid=1 program=backup since=2026-11-21T10:03:02Z"s,
                         "host=%2 pid=1 program=backup since=2026-11-21T10:03:02Z"s,
                         "host=% pid=1 program=backup since=2026-11-21T10:03:02Z"s,
                         "host=h pid=1 program=p since=2026-11-21"s,
                         "host=h pid=1 program=p since=2026-11-21T10:03:02"s,
                         "host=h pid=1 program=p since=2026-11-21T10:03:02+"s,
                         "host=h pid=1 program=p since=2026-11-21 10:03:02Z"s,
                         "host=h pid=1 program=p since=2026-11-21T10:03:02Zx"s,
                         "host=h pid=1 program=p since=2026-02-30T10:03:02Z"s,
                         "host=h pid=1 program=p since=2026-13-01T10:03:02Z"s,
                         "host=h pid=1 program=p since=2026-11-21T24:00:00Z"s,
                         "host=h pid=1 program=p since=2026-11-21T10:60:00Z"s,
                         "host=h pid=1 program=p since=2026-11-21T10:03:60Z"s,
                         "host=h pid=1 program=p since=-026-11-21T10:03:02Z"s,
                         "host=h pid=1 program=p since=yyyy-mm-ddThh:mm:ssZ"s,
                     }),
                     text)
{
    BOOST_TEST(!parse_owner_record(text));
}

BOOST_AUTO_TEST_SUITE_END()
