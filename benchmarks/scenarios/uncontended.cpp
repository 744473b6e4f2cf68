// SPDX-License-Identifier: Apache-2.0
// The two scenarios whose coroutines lock and unlock in a loop: each its own lock, or one for all of them.
#include "scenarios/parts.hpp"
#include "scenarios/scenarios.hpp"

#include <string>

namespace leasehold::bench {

namespace {

asio::awaitable<void> lock_and_unlock(driver& d, mutex m)
{
    while (!d.over()) {
        const auto begin = clock::now();
        auto held = co_await m.lock();
        co_await held.unlock();
        d.record(begin);
    }
}

void run(driver& d, void (*spawn)(driver&, std::size_t))
{
    open_default_session(d);
    d.prepare();
    write_meanwhile(d);
    look_before_the_end(d);
    spawn(d, d.given().n);
    d.measure();
}

}  // namespace

void spawn_uncontended(driver& d, std::size_t n)
{
    for (std::size_t i = 0; i < n; ++i)
        d.spawn([&d, m = mutex{d.shared_client(), "bench-own-" + std::to_string(i)}] {
            return lock_and_unlock(d, m);
        });
}

void spawn_local(driver& d, std::size_t n)
{
    for (std::size_t i = 0; i < n; ++i)
        d.spawn([&d, m = mutex{d.shared_client(), "bench-local"}] { return lock_and_unlock(d, m); });
}

void uncontended(driver& d)
{
    run(d, spawn_uncontended);
}

void local(driver& d)
{
    run(d, spawn_local);
}

}  // namespace leasehold::bench
