// SPDX-License-Identifier: Apache-2.0
// etcd stopped, and killed and restarted with its data, for longer than the time to live.
#include "coroutine.hpp"
#include "outage.hpp"

#include <utility>

BOOST_AUTO_TEST_SUITE(faults_server)

using namespace leasehold;
using namespace leasehold::test;

namespace {

void check_holders_told_first(outage_plan plan)
{
    etcd_server server;
    asio::io_context io;
    plan.ttl = 2s;
    plan.away = 2500ms;
    plan.locks = 5;
    plan.prefix = "outage-";
    run(io, [&]() -> asio::awaitable<void> {
        const auto results = co_await outlast_outage(server, plan);
        for (const auto& r : results) {
            BOOST_TEST(!r.both_held);
            BOOST_TEST(!r.revived);
            BOOST_TEST(r.told_first());
            BOOST_TEST((r.old_token < r.new_token));
        }
    });
}

}  // namespace

BOOST_AUTO_TEST_CASE(holders_are_told_before_a_stopped_server_gives_their_locks_away)
{
    outage_plan stop;
    stop.go = [](etcd_server& s) { s.stop(); };
    stop.come_back = [](etcd_server& s) { s.cont(); };
    check_holders_told_first(std::move(stop));
}

BOOST_AUTO_TEST_CASE(holders_are_told_before_a_killed_and_restarted_server_gives_their_locks_away)
{
    outage_plan kill;
    kill.go = [](etcd_server& s) { s.kill(); };
    kill.come_back = [](etcd_server& s) { s.restart(); };
    check_holders_told_first(std::move(kill));
}

BOOST_AUTO_TEST_SUITE_END()
