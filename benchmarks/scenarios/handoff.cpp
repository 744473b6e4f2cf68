// SPDX-License-Identifier: Apache-2.0
#include "scenarios/parts.hpp"
#include "scenarios/scenarios.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <string>

namespace leasehold::bench {

using namespace std::chrono_literals;
using namespace std::string_literals;

namespace {

constexpr auto lock_name = "bench-handoff";

asio::awaitable<void> take_turns(driver& d, std::shared_ptr<relay> r, const session* self)
{
    const mutex m{*self, lock_name};
    while (!d.over()) {
        auto held = co_await m.lock();
        if (d.over())
            break;
        if (r->from != nullptr && r->from != self)
            d.record(r->released);
        r->from = self;
        r->released = clock::now();
        co_await held.unlock();
    }
}

/// Waits until the queue of the lock is as long as that, or somebody has failed to join it.
asio::awaitable<void> queue_of(driver& d, std::size_t length)
{
    get_request count;
    count.key = lock_name + "/"s;
    count.range_end = prefix_end(count.key);
    count.count_only = true;
    asio::steady_timer timer{co_await asio::this_coro::executor};
    for (std::int64_t waiting = 0; waiting < static_cast<std::int64_t>(length) && d.result().errors == 0;) {
        const auto answer = co_await d.shared_client().get(count);
        waiting = answer.count;
        timer.expires_after(20ms);
        co_await timer.async_wait(asio::use_awaitable);
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
            d.spawn([&d, r, &s]() -> asio::awaitable<void> {
                try {
                    co_await take_turns(d, r, &s);
                } catch (const boost::system::system_error&) {
                    if (!d.over())  // the session was closed at the end
                        throw;
                }
            });
}

void close_relay_at_the_end(driver& d, const std::shared_ptr<relay>& r)
{
    d.spawn([&d, r]() -> asio::awaitable<void> {
        co_await d.part_of_time(1);
        d.stop_measuring();
        d.spawn_each(r->sessions.size(), 100, [r](std::size_t i) -> asio::awaitable<void> {
            if (r->sessions[i].lease() != 0)
                co_await r->sessions[i].close();
        });
    });
}

void handoff(driver& d)
{
    const auto r = open_relay(d, d.given().n, d.given().clients);
    held_lock gate;
    d.spawn([&]() -> asio::awaitable<void> {
        const mutex m{d.shared_client(), lock_name};
        gate = co_await m.lock();
    });
    d.prepare();

    // Everybody is in the queue when the time begins.
    spawn_relay(d, r);
    const auto queued =
        1 + static_cast<std::size_t>(std::count_if(r->sessions.begin(), r->sessions.end(),
                                                   [](const session& s) { return s.lease() != 0; }));
    d.run_until([&d, queued] { return queue_of(d, queued); });

    d.result().with_distribution = true;
    write_meanwhile(d);
    look_before_the_end(d);
    close_relay_at_the_end(d, r);
    d.spawn([&]() -> asio::awaitable<void> { co_await gate.unlock(); });
    d.measure();
}

}  // namespace leasehold::bench
