// SPDX-License-Identifier: Apache-2.0
#include "scenarios.hpp"

#include <leasehold/leasehold.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <atomic>
#include <chrono>
#include <mutex>
#include <sys/resource.h>
#include <thread>

namespace leasehold::bench {

using clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

namespace {

double cpu_now()
{
    rusage u{};
    ::getrusage(RUSAGE_SELF, &u);
    const auto seconds = [](const timeval& t) { return double(t.tv_sec) + double(t.tv_usec) * 1e-6; };
    return seconds(u.ru_utime) + seconds(u.ru_stime);
}

double microseconds_since(clock::time_point begin)
{
    return std::chrono::duration<double, std::micro>(clock::now() - begin).count();
}

/// What the coroutines of one run share.
struct bench {
    explicit bench(const settings& given) : s{given}, c{make_client()} {}

    client make_client()
    {
        client_options options;
        options.endpoints = s.endpoints;
        options.connect_timeout = 10s;
        options.request_timeout = 30s;
        return client{io.get_executor(), options};
    }

    bool over() const { return clock::now() >= end; }

    void record(double us)
    {
        const std::lock_guard lock{guard};
        out.samples.push_back(us);
    }

    template <class Body>
    void spawn(Body body)
    {
        asio::co_spawn(asio::make_strand(io), std::move(body), [this](std::exception_ptr e) {
            if (e)
                ++errors;
        });
    }

    /// Runs what was spawned, warm-up included, to its end.
    result run()
    {
        end = clock::now() +
              std::chrono::duration_cast<clock::duration>(std::chrono::duration<double>(s.seconds));
        const auto begin = clock::now();
        const auto cpu = cpu_now();
        std::vector<std::jthread> others;
        for (std::size_t i = 1; i < s.threads; ++i)
            others.emplace_back([this] { io.run(); });
        io.run();
        others.clear();
        out.seconds = std::chrono::duration<double>(clock::now() - begin).count();
        out.cpu_seconds = cpu_now() - cpu;
        out.errors = errors;
        return std::move(out);
    }

    settings s;
    asio::io_context io;
    client c;
    clock::time_point end;
    std::mutex guard;
    result out;
    std::atomic<std::size_t> errors{0};
};

/// A client of its own that writes at a steady rate until the run is over.
void write_meanwhile(bench& b)
{
    if (b.s.writes_per_second == 0)
        return;
    b.spawn([&b, writer = b.make_client()]() -> asio::awaitable<void> {
        asio::steady_timer timer{co_await asio::this_coro::executor, clock::now()};
        const auto step = std::chrono::duration_cast<clock::duration>(1s) / b.s.writes_per_second;
        while (!b.over()) {
            timer.expires_at(timer.expiry() + step);
            co_await timer.async_wait(asio::use_awaitable);
            writer.put("bench-noise", "x", 0, asio::detached);
        }
    });
}

}  // namespace

result uncontended(const settings& s)
{
    bench b{s};
    write_meanwhile(b);
    for (std::size_t i = 0; i < s.n; ++i)
        b.spawn([&b, m = mutex{b.c, "bench-own-" + std::to_string(i)}]() -> asio::awaitable<void> {
            while (!b.over()) {
                const auto begin = clock::now();
                auto held = co_await m.lock();
                co_await held.unlock();
                b.record(microseconds_since(begin));
            }
        });
    return b.run();
}

result handoff(const settings& s)
{
    bench b{s};
    write_meanwhile(b);
    struct baton {
        clock::time_point released;
        std::size_t from = 0;
    };
    const auto last = std::make_shared<baton>();
    for (std::size_t i = 1; i <= s.n; ++i)
        b.spawn([&b, last, i, m = mutex{b.make_client(), "bench-handoff"}]() -> asio::awaitable<void> {
            while (!b.over()) {
                auto held = co_await m.lock();
                // Under the lock: nobody else touches the baton.
                if (last->from != 0 && last->from != i)
                    b.record(microseconds_since(last->released));
                last->from = i;
                last->released = clock::now();
                co_await held.unlock();
            }
        });
    return b.run();
}

result local(const settings& s)
{
    bench b{s};
    for (std::size_t i = 0; i < s.n; ++i)
        b.spawn([&b, m = mutex{b.c, "bench-local"}]() -> asio::awaitable<void> {
            while (!b.over()) {
                const auto begin = clock::now();
                auto held = co_await m.lock();
                co_await held.unlock();
                b.record(microseconds_since(begin));
            }
        });
    return b.run();
}

result timeout(const settings& s)
{
    bench b{s};
    b.spawn([&b]() -> asio::awaitable<void> {
        const mutex m{b.c, "bench-timeout"};
        auto held = co_await m.lock();
        const auto other = b.make_client();
        {
            const mutex warm{other, "bench-timeout-warm"};
            auto opened = co_await warm.lock();
            co_await opened.unlock();
        }
        std::atomic<std::size_t> pending{b.s.n};
        asio::steady_timer all{co_await asio::this_coro::executor, clock::time_point::max()};
        for (std::size_t i = 0; i < b.s.n; ++i) {
            const auto begin = clock::now();
            const mutex attempt{i % 2 == 0 ? other : b.c, "bench-timeout"};
            attempt.try_lock_for(200ms, [&, begin](error_code ec, const std::optional<held_lock>& none) {
                b.record(microseconds_since(begin));
                if (ec || none)
                    ++b.errors;
                if (--pending == 0)
                    all.cancel();
            });
        }
        co_await all.async_wait(asio::as_tuple(asio::use_awaitable));
        // What is left once the clean-up has had one round trip.
        const auto settled = co_await b.c.get("bench-timeout");
        auto entries = co_await m.queue();
        for (int look = 0; look < 100 && entries.size() > 1; ++look)
            entries = co_await m.queue();
        b.out.left_behind = entries.size() - 1 + settled.items.size();
        co_await held.unlock();
    });
    return b.run();
}

}  // namespace leasehold::bench
