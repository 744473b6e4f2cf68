// SPDX-License-Identifier: Apache-2.0
#include "entries.hpp"

#include <view/lock_table.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

BOOST_AUTO_TEST_SUITE(cli_lock_table)

using namespace leasehold;
using namespace leasehold::cli;
using namespace leasehold::cli::test;
using namespace std::chrono_literals;

namespace {

std::vector<std::string> names(const std::vector<lock_row>& rows)
{
    std::vector<std::string> result;
    for (const lock_row& r : rows)
        result.push_back(r.name);
    return result;
}

void expect_names(const std::vector<lock_row>& rows, const std::vector<std::string>& expected)
{
    const auto found = names(rows);
    BOOST_TEST(found == expected, boost::test_tools::per_element());
}

constexpr std::chrono::sys_seconds noon{1795262400s};

}  // namespace

BOOST_AUTO_TEST_CASE(the_oldest_key_holds_the_lock_and_the_others_wait)
{
    std::vector<key_value> keys{entry("a", 7, 12), entry("a", 5, 10), entry("a", 9, 11)};
    std::ranges::sort(keys, {}, &key_value::key);
    do {
        lock_table table{""};
        for (const key_value& kv : keys)
            table.add(kv);
        const auto rows = table.take();
        BOOST_REQUIRE(rows.size() == 1U);
        BOOST_TEST(rows[0].name == "a");
        BOOST_TEST(rows[0].holder.key == "a/5");
        BOOST_TEST(rows[0].waiters == 2U);
    } while (std::ranges::next_permutation(keys, {}, &key_value::key).found);
}

BOOST_AUTO_TEST_CASE(locks_come_by_name)
{
    lock_table table{""};
    for (const char* name : {"b", "a/b", "a", "c"})
        table.add(entry(name, 1, 1));
    expect_names(table.take(), {"a", "a/b", "b", "c"});
}

BOOST_AUTO_TEST_CASE(a_table_that_was_taken_is_empty)
{
    lock_table table{""};
    table.add(entry("a", 1, 1));
    BOOST_TEST(table.take().size() == 1U);
    BOOST_TEST(table.take().empty());
}

BOOST_AUTO_TEST_CASE(keys_that_are_no_place_in_a_queue_are_left_out)
{
    lock_table table{""};
    key_value user = entry("users", 1, 1);
    user.lease = 0;
    table.add(user);
    user.lease = 2;  // it has a lease, and it is not named after it
    table.add(user);
    user.key = "config";
    table.add(user);
    BOOST_TEST(table.take().empty());
}

// The range of the prefix "a/" has the keys of the lock "a" too.
BOOST_AUTO_TEST_CASE(locks_whose_names_do_not_begin_with_the_prefix_are_left_out)
{
    lock_table table{"a/"};
    table.add(entry("a", 1, 1));
    table.add(entry("a/x", 1, 1));
    table.add(entry("a/", 1, 1));
    expect_names(table.take(), {"a/", "a/x"});
}

BOOST_AUTO_TEST_CASE(sorted_by_waiters_the_longest_queue_is_first)
{
    std::vector<lock_row> rows{row("a", 1), row("c", 5), row("b", 5), row("d", 0)};
    sort_locks(rows, lock_order::by_waiters);
    expect_names(rows, {"b", "c", "a", "d"});
}

BOOST_AUTO_TEST_CASE(sorted_by_hold_time_what_was_held_at_the_first_look_is_first)
{
    std::vector<lock_row> rows{row_held("just now", noon, true, 2),
                               row_held("there", noon - 1h, false, 7),
                               row("not seen", 0, 4),
                               row_held("a while", noon - 3h, true, 9),
                               row_held("also", noon - 3h, true, 8),
                               row_held("there before", noon, false, 3)};
    sort_locks(rows, lock_order::by_hold);
    expect_names(rows, {"there before", "not seen", "there", "also", "a while", "just now"});
}

BOOST_AUTO_TEST_CASE(details_of_the_same_holder_are_kept)
{
    std::vector<lock_row> before{row("b", 0), row("a", 0)};
    before[1].set_value("value");
    before[1].ttl = 7s;
    before[1].hold = observed_hold{noon, true};
    std::vector<lock_row> now{row("a", 3), row("b", 1), row("c", 0)};
    keep_details(before, now);
    BOOST_TEST(now[0].has_value);
    BOOST_TEST(now[0].holder.value == "value");
    BOOST_TEST((now[0].ttl == 7s));
    BOOST_TEST((now[0].hold == observed_hold{noon, true}));
    BOOST_TEST(!now[1].has_value);  // it was not known
    BOOST_TEST(!now[2].has_value);
}

BOOST_AUTO_TEST_CASE(details_of_another_holder_are_not_kept)
{
    std::vector<lock_row> before{row("a", 0, 2), row("b", 0, 2)};
    for (lock_row& r : before) {
        r.set_value("old");
        r.ttl = 7s;
        r.hold = observed_hold{noon, true};
    }
    std::vector<lock_row> now{row("a", 0, 3), row("b", 0, 2)};
    now[1].holder.create_revision = 9;  // the same session came again
    keep_details(before, now);
    for (const lock_row& r : now) {
        BOOST_TEST(!r.has_value);
        BOOST_TEST(!r.ttl);
        BOOST_TEST(!r.hold);
    }
}

BOOST_AUTO_TEST_CASE(a_holder_that_writes_another_value_is_the_same)
{
    std::vector<lock_row> before{row_held("a", noon, true)};
    before[0].set_value("old");
    std::vector<lock_row> now{row("a", 0)};
    now[0].holder.mod_revision += 4;
    keep_details(before, now);
    BOOST_TEST(!now[0].has_value);
    BOOST_TEST((now[0].hold == observed_hold{noon, true}));
}

BOOST_AUTO_TEST_CASE(leases_that_have_ended_leave_what_was_known)
{
    std::vector<lock_row> rows{row("a", 0, 1), row("b", 0, 2)};
    BOOST_TEST(leases_of(rows) == (std::vector<lease_id>{1, 2}), boost::test_tools::per_element());
    set_ttls(rows, {{2, 9s}, {3, 1s}});
    BOOST_TEST(!rows[0].ttl);
    BOOST_TEST((rows[1].ttl == 9s));
}

BOOST_AUTO_TEST_SUITE_END()
