// SPDX-License-Identifier: Apache-2.0
#include "scenarios/parts.hpp"
#include "scenarios/scenarios.hpp"

#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace leasehold::bench {

namespace {

asio::awaitable<void> take_turns(driver& d, std::shared_ptr<relay> r, const session* self)
{
    const mutex m{*self, "bench-handoff"};
    while (!d.over()) {
        // Bounded, so that the end does not wait for everybody's turn.
        auto held = co_await m.try_lock_until(d.end());
        if (!held)
            break;
        if (r->from != nullptr && r->from != self)
            d.record(r->released);
        r->from = self;
        r->released = clock::now();
        co_await held->unlock();
    }
}

}  // namespace

std::shared_ptr<relay> open_relay(driver& d, std::size_t n, std::size_t clients)
{
    const auto r = std::make_shared<relay>();
    r->sessions.resize(n);
    std::vector<client> made;
    for (std::size_t i = 0; i < (clients == 0 ? n : std::min(clients, n)); ++i)
        made.push_back(d.make_client());
    d.spawn_each(n, 100, [&d, r, made](std::size_t i) -> asio::awaitable<void> {
        const session_options options{.ttl = d.given().ttl};
        r->sessions[i] = co_await session::open(made[i % made.size()], options, asio::use_awaitable);
    });
    return r;
}

void spawn_relay(driver& d, const std::shared_ptr<relay>& r)
{
    for (const session& s : r->sessions)
        if (s.lease() != 0)  // that another one could not be opened has been counted
            d.spawn([&d, r, &s] { return take_turns(d, r, &s); });
}

void handoff(driver& d)
{
    const auto r = open_relay(d, d.given().n, d.given().clients);
    d.prepare();
    d.result().with_distribution = true;
    write_meanwhile(d);
    look_before_the_end(d);
    spawn_relay(d, r);
    d.measure();
    r->sessions.clear();  // which closes them, lest their leases burden what is measured next
    d.run_to_end();
}

}  // namespace leasehold::bench
