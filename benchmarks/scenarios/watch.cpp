// SPDX-License-Identifier: Apache-2.0
#include "common/process.hpp"
#include "scenarios/parts.hpp"
#include "scenarios/scenarios.hpp"

#include <string>
#include <vector>

namespace leasehold::bench {

namespace {

struct watched_key {
    std::string key;
    watcher events{};
    clock::time_point written{};
};

std::vector<watched_key> make_keys(std::size_t n)
{
    std::vector<watched_key> keys(n);
    for (std::size_t i = 0; i < n; ++i)
        keys[i].key = "bench-watch-" + std::to_string(i);
    return keys;
}

asio::awaitable<void> create(driver& d, watched_key& k)
{
    k.events = d.shared_client().watch(k.key);
    co_await k.events.ready();
}

asio::awaitable<void> wait_for_event(driver& d, watched_key& k)
{
    const auto event = co_await k.events.next();
    if (event.kv.key == k.key)
        d.record(k.written);
    else
        d.fail("an event of another key");
}

asio::awaitable<void> write(const client& c, watched_key& k)
{
    const std::string value = "x";
    k.written = clock::now();
    co_await c.put(k.key, value);
}

}  // namespace

void watch(driver& d)
{
    open_default_session(d);
    d.prepare();
    auto keys = make_keys(d.given().n);
    const auto begin = clock::now();
    d.spawn_each(keys.size(), keys.size(), [&](std::size_t i) { return create(d, keys[i]); });
    d.run_to_end();
    const std::chrono::duration<double, std::micro> created = clock::now() - begin;
    d.result().extra["create_us"] = created.count() / double(keys.size());

    d.spawn_each(keys.size(), keys.size(), [&](std::size_t i) { return wait_for_event(d, keys[i]); });
    d.run_ready();
    give_back_free_memory();
    d.look_at_process();
    d.spawn_each(keys.size(), 100, [&](std::size_t i) { return write(d.shared_client(), keys[i]); });
    d.measure();
}

}  // namespace leasehold::bench
