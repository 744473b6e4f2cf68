// SPDX-License-Identifier: Apache-2.0
#include <core/latest_queue.hpp>

#include <boost/test/unit_test.hpp>

#include <cstdint>

BOOST_AUTO_TEST_SUITE(core_latest_queue)

using leasehold::core::latest_queue;

BOOST_AUTO_TEST_CASE(what_is_read_in_time_comes_whole_and_in_order)
{
    latest_queue<int> q{2};
    BOOST_TEST(q.empty());
    for (int i = 0; i < 10; ++i) {
        q.push(2 * i);
        q.push(2 * i + 1);
        for (const int expected : {2 * i, 2 * i + 1}) {
            const auto [item, dropped] = q.pop();
            BOOST_TEST(item == expected);
            BOOST_TEST(dropped == 0u);
        }
        BOOST_TEST(q.empty());
    }
}

BOOST_AUTO_TEST_CASE(the_oldest_are_dropped_and_counted_where_they_are_missing)
{
    latest_queue<int> q{3};
    for (int i = 0; i < 10; ++i)
        q.push(i);
    auto taken = q.pop();
    BOOST_TEST(taken.item == 7);
    BOOST_TEST(taken.dropped == 7u);
    q.push(10);
    q.push(11);
    taken = q.pop();
    BOOST_TEST(taken.item == 9);
    BOOST_TEST(taken.dropped == 1u);
    for (const int expected : {10, 11}) {
        taken = q.pop();
        BOOST_TEST(taken.item == expected);
        BOOST_TEST(taken.dropped == 0u);
    }
    BOOST_TEST(q.empty());
}

BOOST_AUTO_TEST_CASE(a_place_for_one_holds_the_latest)
{
    latest_queue<int> q{1};
    q.push(1);
    q.push(2);
    const auto [item, dropped] = q.pop();
    BOOST_TEST(item == 2);
    BOOST_TEST(dropped == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
