// SPDX-License-Identifier: Apache-2.0
#include "outage.hpp"

#include "waiting.hpp"

#include <boost/asio/this_coro.hpp>

#include <utility>

namespace leasehold::test {

namespace {

/// The last lock that is ready takes the server away, and brings it back, for all.
asio::awaitable<void> take_away(etcd_server& server, const outage_plan& plan)
{
    plan.go(server);
    asio::steady_timer away{co_await asio::this_coro::executor, plan.away};
    co_await away.async_wait(asio::use_awaitable);
    plan.come_back(server);
}

}  // namespace

asio::awaitable<std::vector<handover>> outlast_outage(etcd_server& server, outage_plan plan)
{
    const auto executor = co_await asio::this_coro::executor;
    std::vector<handover> results(plan.locks);
    std::size_t next = 0;
    std::size_t queued = 0;
    auto one = [&]() -> asio::awaitable<void> {
        const auto mine = next++;
        const handover_parties who{client{executor, at(server.endpoint())},
                                   client{executor, at(server.endpoint())},
                                   plan.prefix + std::to_string(mine), plan.ttl};
        fault_action outage = [&](gate&) -> asio::awaitable<void> {
            if (++queued == plan.locks)
                co_await take_away(server, plan);
        };
        results[mine] = co_await lose_lock(who, std::chrono::milliseconds{0}, std::move(outage));
    };
    co_await all_of(plan.locks, one);
    co_return results;
}

}  // namespace leasehold::test
