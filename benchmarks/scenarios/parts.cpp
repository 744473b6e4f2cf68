// SPDX-License-Identifier: Apache-2.0
#include "scenarios/parts.hpp"

#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace leasehold::bench {

using namespace std::chrono_literals;

void open_default_session(driver& d)
{
    d.spawn([&d]() -> asio::awaitable<void> {
        const mutex warm_up{d.shared_client(), "bench-warm-up"};
        auto held = co_await warm_up.lock();
        co_await held.unlock();
    });
}

void look_before_the_end(driver& d)
{
    d.spawn([&d]() -> asio::awaitable<void> {
        co_await d.part_of_time(0.9);
        d.look_at_process();
    });
}

void write_meanwhile(driver& d)
{
    if (d.given().writes_per_second == 0)
        return;
    d.spawn([&d, writer = d.make_client()]() -> asio::awaitable<void> {
        asio::steady_timer timer{co_await asio::this_coro::executor, clock::now()};
        const auto step = std::chrono::duration_cast<clock::duration>(1s) / d.given().writes_per_second;
        while (!d.over()) {
            timer.expires_at(timer.expiry() + step);
            co_await timer.async_wait(asio::use_awaitable);
            writer.put("bench-noise", "x", 0, asio::detached);
        }
    });
}

}  // namespace leasehold::bench
