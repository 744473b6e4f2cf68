// SPDX-License-Identifier: Apache-2.0
#include <core/timer_queue.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

BOOST_AUTO_TEST_SUITE(core_timer_queue)

using namespace leasehold::core;
using namespace std::chrono_literals;

namespace {

using time_point = timer_queue::time_point;
constexpr time_point start{1000s};
constexpr auto never = time_point::max();

struct queue {
    timer_queue timers;
    std::string ran;

    timer_queue::id add(time_point at, char name)
    {
        return timers.add(at, [this, name] { ran += name; });
    }

    std::string& run(time_point now)
    {
        ran.clear();
        while (const auto what = timers.pop(now))
            what();
        return ran;
    }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(an_empty_queue_has_nothing_to_run_at_any_time, queue)
{
    BOOST_TEST((timers.next() == never));
    BOOST_TEST(!timers.pop(start));
    BOOST_TEST(!timers.pop(never));
}

BOOST_FIXTURE_TEST_CASE(timers_run_by_time_and_then_in_the_order_of_arrival, queue)
{
    add(start + 2s, 'c');
    add(start + 1s, 'a');
    add(start + 2s, 'd');
    add(start + 1s, 'b');
    BOOST_TEST((timers.next() == start + 1s));
    BOOST_TEST(run(start + 1s - 1ns) == "");
    BOOST_TEST(run(start + 1s) == "ab");
    BOOST_TEST((timers.next() == start + 2s));
    BOOST_TEST(run(start + 1h) == "cd");
    BOOST_TEST((timers.next() == never));
}

BOOST_FIXTURE_TEST_CASE(a_cancelled_timer_does_not_run, queue)
{
    auto a = add(start, 'a');
    add(start, 'b');
    timers.cancel(a);
    BOOST_TEST(a.number == 0u);
    BOOST_TEST(run(start) == "b");
}

BOOST_FIXTURE_TEST_CASE(cancelling_twice_or_after_the_run_or_nothing_at_all_does_nothing, queue)
{
    auto a = add(start, 'a');
    auto again = a;
    timer_queue::id none;
    BOOST_TEST(run(start) == "a");
    add(start, 'b');
    timers.cancel(a);
    timers.cancel(again);
    timers.cancel(none);
    BOOST_TEST(run(start) == "b");
}

BOOST_FIXTURE_TEST_CASE(no_two_timers_share_an_id, queue)
{
    auto a = add(start, 'a');
    BOOST_TEST(run(start) == "a");
    const auto b = add(start, 'b');
    BOOST_TEST((a != b));
    timers.cancel(a);
    BOOST_TEST(run(start) == "b");
}

BOOST_FIXTURE_TEST_CASE(a_timer_may_add_and_cancel_others_while_it_runs, queue)
{
    auto c = add(start + 1s, 'c');
    timers.add(start, [&] {
        ran += 'a';
        timers.cancel(c);
        add(start, 'b');
    });
    BOOST_TEST(run(start + 1s) == "ab");
}

BOOST_FIXTURE_TEST_CASE(any_mixture_of_adding_cancelling_and_running_keeps_the_order, queue)
{
    std::mt19937 random{17};
    std::map<std::pair<time_point, int>, timer_queue::id> expected;
    std::vector<int> done;
    auto now = start;
    for (int i = 0; i < 20'000; ++i) {
        switch (random() % 4) {
        case 0:
        case 1: {
            const auto at = now + std::chrono::milliseconds{random() % 50};
            expected.emplace(std::pair{at, i}, timers.add(at, [&done, i] { done.push_back(i); }));
            break;
        }
        case 2: {
            const auto any = expected.lower_bound({now + std::chrono::milliseconds{random() % 50}, 0});
            if (any != expected.end()) {
                timers.cancel(any->second);
                expected.erase(any);
            }
            break;
        }
        default:
            now += std::chrono::milliseconds{random() % 3};
            done.clear();
            while (const auto what = timers.pop(now))
                what();
            std::vector<int> due;
            while (!expected.empty() && expected.begin()->first.first <= now) {
                due.push_back(expected.begin()->first.second);
                expected.erase(expected.begin());
            }
            BOOST_REQUIRE(done == due);
        }
        BOOST_REQUIRE((timers.next() == (expected.empty() ? never : expected.begin()->first.first)));
    }
}

BOOST_FIXTURE_TEST_CASE(what_clearing_destroys_may_cancel_other_timers, queue)
{
    auto other = add(start, 'a');
    std::shared_ptr<void> last{nullptr, [&](void*) { timers.cancel(other); }};
    timers.add(start, [held = std::move(last)] {});
    timers.clear();
    const auto b = add(start, 'b');
    BOOST_TEST(b.number != 0u);
    BOOST_TEST(run(start) == "b");
}

BOOST_FIXTURE_TEST_CASE(clearing_destroys_what_was_to_be_done, queue)
{
    const auto held = std::make_shared<int>();
    timers.add(start, [held] {});
    BOOST_TEST(held.use_count() == 2);
    timers.clear();
    BOOST_TEST(held.use_count() == 1);
    BOOST_TEST(!timers.pop(start));
}

BOOST_FIXTURE_TEST_CASE(a_cancelled_timer_is_destroyed_at_once, queue)
{
    const auto held = std::make_shared<int>();
    auto id = timers.add(start, [held] {});
    timers.cancel(id);
    BOOST_TEST(held.use_count() == 1);
}

BOOST_AUTO_TEST_SUITE_END()
