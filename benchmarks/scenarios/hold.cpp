// SPDX-License-Identifier: Apache-2.0
#include "scenarios/parts.hpp"
#include "scenarios/scenarios.hpp"

#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace leasehold::bench {

namespace {

asio::awaitable<void> take(driver& d, std::vector<held_lock>& locks, std::size_t i)
{
    const auto begin = clock::now();
    const mutex m{d.shared_client(), "bench-hold-" + std::to_string(i)};
    locks[i] = co_await m.lock();
    d.record(begin);
}

}  // namespace

void hold(driver& d)
{
    open_default_session(d);
    d.prepare();
    std::vector<held_lock> locks(d.given().n);
    d.spawn_each(locks.size(), 100, [&](std::size_t i) { return take(d, locks, i); });
    d.measure();

    d.stay_idle(d.given_time());
    d.result().extra["lost"] =
        std::count_if(locks.begin(), locks.end(), [](const held_lock& l) { return !l.held(); });

    d.spawn_each(locks.size(), 100,
                 [&](std::size_t i) -> asio::awaitable<void> { co_await locks[i].unlock(); });
    d.run_to_end();
}

}  // namespace leasehold::bench
