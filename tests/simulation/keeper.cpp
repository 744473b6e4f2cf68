// SPDX-License-Identifier: Apache-2.0
#include "actors.hpp"
#include "operation.hpp"

#include <leasehold/session.hpp>

#include <algorithm>
#include <utility>

namespace leasehold::simulation {

namespace {

asio::awaitable<session> open_session(process& p)
{
    auto& w = p.world();
    outcome<session> ended;
    if (auto& orphans = w.orphans(); !orphans.empty() && w.chance().chance(0.7)) {
        const auto lease = orphans.back();
        orphans.pop_back();
        auto start = [&p, lease](auto handler) { session::adopt(p.client(), lease, std::move(handler)); };
        ended = co_await perform<session>(p, "adopt", std::move(start));
    } else {
        session_options options;
        options.ttl = w.plan().ttl;
        auto start = [&p, options](auto handler) { session::open(p.client(), options, std::move(handler)); };
        ended = co_await perform<session>(p, "open", std::move(start));
    }
    co_return std::move(ended.value());
}

asio::awaitable<void> hear_of_loss(process& p, session s)
{
    auto start = [s = std::move(s)](auto handler) mutable {
        s.lost(std::move(handler));
        s = {};
    };
    co_await perform<errc>(p, "session lost", std::move(start));
}

asio::awaitable<void> part_with(process& p, session s)
{
    auto& w = p.world();
    const auto lease = s.lease();
    std::erase_if(p.sessions(), [lease](const session& other) { return other.lease() == lease; });
    if (w.chance().chance(0.3))
        co_return;  // the handle's end closes it, once its locks are gone
    auto start = [&s](auto handler) { s.close(std::move(handler)); };
    co_await perform<>(p, "close", std::move(start));
}

}  // namespace

asio::awaitable<void> keep_session(process& p)
{
    auto& w = p.world();
    while (!w.calm()) {
        co_await p.sleep(w.chance().mostly_short(1s));
        auto s = co_await open_session(p);
        if (s.lease() == 0)
            continue;
        // Before there are locks on it: what they would be worth in two processes at once is not promised.
        if (w.chance().chance(0.15)) {
            w.orphans().push_back(s.orphan());
            continue;
        }
        p.sessions().push_back(s);
        if (w.chance().chance(0.3))
            p.spawn(hear_of_loss(p, s), process::role::listener);
        co_await p.sleep(w.chance().mostly_short(20s));
        if (!w.calm() || !s.alive())
            co_await part_with(p, std::move(s));
    }
}

}  // namespace leasehold::simulation
