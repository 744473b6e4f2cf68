// SPDX-License-Identifier: Apache-2.0
#include "scenarios/parts.hpp"
#include "scenarios/scenarios.hpp"

#include <atomic>

namespace leasehold::bench {

using namespace std::chrono_literals;

namespace {

constexpr auto tolerated = 100ms;

asio::awaitable<void> attempt(driver& d, mutex m, std::atomic<std::size_t>& late)
{
    const auto begin = clock::now();
    const auto held = co_await m.try_lock_for(d.given().timeout);
    const auto now = clock::now();
    d.record(begin, now);
    if (held)
        d.fail("got a lock that somebody holds");
    if (now - begin > d.given().timeout + tolerated)
        ++late;
}

asio::awaitable<std::size_t> count_left_behind(const mutex& m)
{
    const auto patience = clock::now() + 5s;
    std::size_t others = 1;
    while (others > 0 && clock::now() < patience) {
        const auto queue = co_await m.queue();
        others = queue.size() - 1;  // without the holder
    }
    co_return others;
}

}  // namespace

void timeout(driver& d)
{
    const auto other = d.make_client();
    const mutex ours{d.shared_client(), "bench-timeout"};
    const mutex theirs{other, "bench-timeout"};
    held_lock held;
    d.spawn([&]() -> asio::awaitable<void> {
        held = co_await ours.lock();
        co_await theirs.try_lock();  // refused, and their session is open
    });
    d.prepare();

    // Half of them wait in etcd's queue, through one session; half behind the holder in its own session.
    std::atomic<std::size_t> late{0};
    for (std::size_t i = 0; i < d.given().n; ++i)
        d.spawn([&, m = i % 2 == 0 ? theirs : ours] { return attempt(d, m, late); });
    d.spawn([&d]() -> asio::awaitable<void> {
        d.look_at_process();
        co_return;
    });
    d.measure();
    d.result().extra["late"] = late.load();

    d.spawn([&]() -> asio::awaitable<void> {
        d.result().extra["left_behind"] = co_await count_left_behind(ours);
        co_await held.unlock();
    });
    d.run_to_end();
}

}  // namespace leasehold::bench
