// SPDX-License-Identifier: Apache-2.0
#include "scenarios/parts.hpp"
#include "scenarios/scenarios.hpp"

#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <vector>

namespace leasehold::bench {

namespace {

asio::awaitable<void> open(driver& d, std::vector<session>& all, std::size_t i)
{
    const session_options options{.ttl = d.given().ttl};
    const auto begin = clock::now();
    all[i] = co_await session::open(d.shared_client(), options, asio::use_awaitable);
    d.record(begin);
}

}  // namespace

void sessions(driver& d)
{
    open_default_session(d);
    d.prepare();
    std::vector<session> all(d.given().n);
    d.spawn_each(all.size(), 100, [&](std::size_t i) { return open(d, all, i); });
    d.measure();

    d.stay_idle(3 * d.given().ttl);
    d.result().extra["lost"] =
        std::count_if(all.begin(), all.end(), [](const session& s) { return !s.alive(); });

    d.spawn_each(all.size(), 100, [&](std::size_t i) -> asio::awaitable<void> { co_await all[i].close(); });
    d.run_to_end();
}

}  // namespace leasehold::bench
