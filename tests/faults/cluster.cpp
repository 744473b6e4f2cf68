// SPDX-License-Identifier: Apache-2.0
// Three members, and what happens to one of them while 500 waiters share 50 locks.
#include "cluster_faults.hpp"
#include "coroutine.hpp"
#include "handover.hpp"

#include <boost/test/unit_test.hpp>

#include <optional>
#include <string>

BOOST_AUTO_TEST_SUITE(faults_cluster)

using namespace leasehold;
using namespace leasehold::test;

namespace {

/// Each case leaves it well.
struct shared_cluster {
    static inline std::optional<faulty_cluster> cluster;

    shared_cluster() { cluster.emplace(); }
    ~shared_cluster() { cluster.reset(); }
};

void check(cluster_fault what, const std::string& prefix)
{
    auto& cluster = *shared_cluster::cluster;
    cluster_plan plan;
    plan.what = what;
    plan.cycles_before = plan.cycles_after = 300;
    plan.prefix = prefix;
    const auto outcome = break_cluster(cluster, plan);
    BOOST_TEST(outcome.report.violations == 0u);
    BOOST_TEST(outcome.report.lost_writes == 0);
    BOOST_TEST(outcome.lost_sessions == 0u);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(cases, *boost::unit_test::fixture<shared_cluster>())

BOOST_AUTO_TEST_CASE(a_killed_leader_costs_no_session_and_no_write)
{
    check(cluster_fault::leader_killed, "killed-");
}

BOOST_AUTO_TEST_CASE(a_stopped_leader_costs_no_session_and_no_write)
{
    check(cluster_fault::leader_stopped, "stopped-");
}

BOOST_AUTO_TEST_CASE(a_leader_cut_off_with_a_client_costs_the_others_no_session_and_no_write)
{
    check(cluster_fault::leader_isolated, "isolated-");
}

BOOST_AUTO_TEST_CASE(a_rolling_restart_costs_no_session_and_no_write)
{
    check(cluster_fault::rolling_restart, "rolling-");
}

BOOST_AUTO_TEST_CASE(a_holder_cut_off_with_the_leader_is_told_before_the_majority_gives_its_lock_away)
{
    auto& cluster = *shared_cluster::cluster;
    const auto leader = cluster.wait_for_leader();
    asio::io_context io;
    client_options majority;
    majority.endpoints = {cluster.endpoint((leader + 1) % 3), cluster.endpoint((leader + 2) % 3)};
    handover_parties who{client{io.get_executor(), at(cluster.endpoint(leader))},
                         client{io.get_executor(), majority}, "with-the-minority", 2s};
    run(io, [&]() -> asio::awaitable<void> {
        fault_action cut = [&](gate& acquired) -> asio::awaitable<void> {
            cluster.isolate(leader);
            co_await acquired.wait();
            cluster.heal();
        };
        const auto result = co_await lose_lock(who, 500ms, std::move(cut));
        BOOST_TEST(!result.both_held);
        BOOST_TEST(!result.revived);
        BOOST_TEST(result.told_first());
        BOOST_TEST((result.old_token < result.new_token));
    });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
