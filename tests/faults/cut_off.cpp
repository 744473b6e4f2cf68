// SPDX-License-Identifier: Apache-2.0
// Clients cut off from etcd, or answered too late.
#include "coroutine.hpp"
#include "fault_proxy.hpp"
#include "handover.hpp"
#include "shared_etcd.hpp"
#include "waiter.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>

#include <chrono>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

BOOST_AUTO_TEST_SUITE(faults_cut_off, *boost::unit_test::fixture<leasehold::test::shared_etcd>())

using namespace leasehold;
using namespace leasehold::test;

namespace {

using cut = std::function<void(fault_proxy&)>;

const std::map<std::string, cut> ways{
    {"cut off", [](fault_proxy& p) { p.cut(); }},
    {"requests vanish", [](fault_proxy& p) { p.set(direction::to_server, fault::blackhole()); }},
    {"answers vanish", [](fault_proxy& p) { p.set(direction::to_client, fault::blackhole()); }},
    {"requests late", [](fault_proxy& p) { p.set(direction::to_server, fault::delayed(3s)); }},
    {"answers late", [](fault_proxy& p) { p.set(direction::to_client, fault::delayed(3s)); }},
    {"reset",
     [](fault_proxy& p) {
         p.set(direction::to_client, fault::reset());
         p.set(direction::to_server, fault::reset());
     }},
};

/// A few holders for each way of losing the connection, all at once: each waits for its lease to end.
std::map<std::string, std::vector<handover>> lose_connections()
{
    std::map<std::string, std::vector<handover>> results;
    asio::io_context io;
    auto way = ways.begin();
    auto next = [&]() -> asio::awaitable<void> {
        const auto& [name, how] = *way++;
        cut_off_plan plan;
        plan.server_port = shared_etcd::server->port();
        plan.ttl = 2s;
        plan.trials = plan.at_once = 4;
        plan.cut = how;
        plan.prefix = name + " ";
        plan.seed = std::random_device{}();
        results[name] = co_await cut_holders_off(plan);
    };
    run(io, [&]() -> asio::awaitable<void> { co_await all_of(ways.size(), next); });
    return results;
}

/// Each holder must have been told before its contender had the lock.
void check_told_first(const std::string& way)
{
    static const auto all = lose_connections();
    const auto& results = all.at(way);
    BOOST_TEST(results.size() == 4u);
    for (const auto& r : results) {
        BOOST_TEST(!r.both_held);
        BOOST_TEST(!r.revived);
        BOOST_TEST(r.told_first());
        BOOST_TEST((r.old_token < r.new_token));
    }
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_holder_cut_off_is_told_before_the_next_one_acquires)
{
    check_told_first("cut off");
}

BOOST_AUTO_TEST_CASE(a_holder_whose_requests_vanish_is_told_first)
{
    check_told_first("requests vanish");
}

BOOST_AUTO_TEST_CASE(a_holder_whose_answers_vanish_is_told_first)
{
    check_told_first("answers vanish");
}

BOOST_AUTO_TEST_CASE(a_holder_whose_connections_are_reset_is_told_first)
{
    check_told_first("reset");
}

BOOST_AUTO_TEST_CASE(answers_delayed_beyond_the_time_to_live_keep_nobody_a_holder)
{
    check_told_first("answers late");
}

BOOST_AUTO_TEST_CASE(requests_delayed_beyond_the_time_to_live_keep_nobody_a_holder)
{
    check_told_first("requests late");
}

BOOST_AUTO_TEST_CASE(a_waiter_cut_off_is_told_and_disturbs_nobody)
{
    asio::io_context io;
    fault_proxy proxy{shared_etcd::server->port()};
    run(io, [&]() -> asio::awaitable<void> {
        const client waiter{io.get_executor(), at(proxy.endpoint())};
        const queue_of_three who{client{io.get_executor(), at(etcd_endpoint())}, waiter,
                                 client{io.get_executor(), at(etcd_endpoint())}, "waiter-cut-off", 2s};
        strike cut = [&](std::string) -> asio::awaitable<void> {
            proxy.cut();
            co_return;
        };
        const auto result = co_await end_waiter(who, std::move(cut));
        BOOST_TEST(result.why == make_error_code(errc::session_lost));
        BOOST_TEST(!result.holder_disturbed);
        BOOST_TEST(!result.behind_disturbed);
        proxy.heal();
        const mutex again{waiter, "waiter-cut-off", {.ttl = 2s}};
        const auto held = co_await again.try_lock_for(60s);
        BOOST_TEST(held.has_value());
    });
}

BOOST_AUTO_TEST_CASE(a_waiter_cut_off_for_less_than_the_time_to_live_misses_no_release)
{
    asio::io_context io;
    fault_proxy proxy{shared_etcd::server->port()};
    const client ours{io.get_executor(), at(etcd_endpoint())};
    const client theirs{io.get_executor(), at(proxy.endpoint())};
    run(io, [&]() -> asio::awaitable<void> {
        using namespace asio::experimental::awaitable_operators;
        const mutex m{ours, "release-unseen"};
        const mutex other{theirs, "release-unseen", {.ttl = 30s}};
        auto held = co_await m.lock();
        auto wait = [&]() -> asio::awaitable<void> {
            auto mine = co_await other.lock();
            BOOST_TEST((mine.token() > held.token()));
            co_await mine.unlock();
        };
        auto release = [&]() -> asio::awaitable<void> {
            co_await queue_reaches(ours, "release-unseen", 2);
            proxy.cut();
            co_await held.unlock();
            proxy.heal();
        };
        co_await (wait() && release());
    });
}

BOOST_AUTO_TEST_SUITE_END()
