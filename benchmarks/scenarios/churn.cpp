// SPDX-License-Identifier: Apache-2.0
#include "common/process.hpp"
#include "scenarios/parts.hpp"
#include "scenarios/scenarios.hpp"

#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <string>

namespace leasehold::bench {

namespace {

asio::awaitable<void> open_and_close_sessions(driver& d, std::string name)
{
    const session_options options{.ttl = d.given().ttl};
    while (!d.over()) {
        const auto begin = clock::now();
        auto s = co_await session::open(d.shared_client(), options, asio::use_awaitable);
        const mutex m{s, name};
        auto held = co_await m.lock();
        co_await s.close();  // which ends the ownership too
        d.record(begin);
    }
}

asio::awaitable<void> create_and_drop_watches(driver& d, std::string key)
{
    const std::string value = "x";
    while (!d.over()) {
        auto events = d.shared_client().watch(key);
        co_await events.ready();
        const auto begin = clock::now();
        co_await d.shared_client().put(key, value);
        co_await events.next();
        d.record(begin);
    }
}

asio::awaitable<void> attempt_in_vain(driver& d, mutex m)
{
    while (!d.over()) {
        const auto begin = clock::now();
        if (co_await m.try_lock_for(d.given().timeout))
            d.fail("got a lock that somebody holds");
        d.record(begin);
    }
}

// What is opened and closed again must not stay in memory.
asio::awaitable<void> look_at_growth(driver& d)
{
    co_await d.part_of_time(0.25);
    give_back_free_memory();
    const auto before = resident_bytes();
    co_await d.part_of_time(0.95);
    give_back_free_memory();
    d.look_at_process();
    d.result().extra["rss_growth_bytes"] = resident_bytes() - before;
}

}  // namespace

void churn(driver& d)
{
    const std::size_t part = std::max<std::size_t>(d.given().n / 6, 1);
    const mutex wanted{d.shared_client(), "bench-churn-held"};
    held_lock held;
    d.spawn([&]() -> asio::awaitable<void> { held = co_await wanted.lock(); });
    const auto relayed = open_relay(d, part, 4);
    const auto other = d.make_client();
    d.prepare();

    write_meanwhile(d);
    d.spawn([&d] { return look_at_growth(d); });
    spawn_uncontended(d, part);
    spawn_local(d, part);
    spawn_relay(d, relayed);
    close_relay_at_the_end(d, relayed);
    for (std::size_t i = 0; i < part; ++i) {
        d.spawn([&d, i] { return open_and_close_sessions(d, "bench-churn-" + std::to_string(i)); });
        d.spawn([&d, i] { return create_and_drop_watches(d, "bench-churn-key-" + std::to_string(i)); });
        d.spawn([&d, m = mutex{other, "bench-churn-held"}] { return attempt_in_vain(d, m); });
    }
    d.measure();

    d.spawn([&]() -> asio::awaitable<void> { co_await held.unlock(); });
    d.run_to_end();
}

}  // namespace leasehold::bench
