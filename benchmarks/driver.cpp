// SPDX-License-Identifier: Apache-2.0
#include "driver.hpp"

#include "common/process.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <memory>
#include <thread>

namespace leasehold::bench {

using namespace std::chrono_literals;

driver::driver(const settings& s) : settings_{s}, client_{make_client()} {}

client driver::make_client()
{
    client_options options;
    options.endpoints = settings_.endpoints;
    options.observers = settings_.observers;
    // A scenario may overload this machine on purpose.
    options.connect_timeout = 10s;
    options.request_timeout = 30s;
    return client{io_.get_executor(), options};
}

asio::any_io_executor driver::own_executor()
{
    if (settings_.threads > 1)
        return asio::make_strand(io_);
    return io_.get_executor();
}

void driver::ended(std::exception_ptr e)
{
    if (!e)
        return;
    try {
        std::rethrow_exception(e);
    } catch (const std::exception& failure) {
        fail(failure.what());
    }
}

void driver::spawn_each(std::size_t n, std::size_t at_a_time, numbered_body body)
{
    if (n <= at_a_time)
        return spawn_all(n, std::make_shared<const numbered_body>(std::move(body)));
    const auto next = std::make_shared<std::atomic<std::size_t>>(0);
    for (std::size_t i = 0; i < at_a_time; ++i)
        spawn([this, n, next, body]() -> asio::awaitable<void> {
            for (std::size_t k; (k = next->fetch_add(1)) < n;) {
                std::exception_ptr failure;
                try {
                    co_await body(k);
                } catch (...) {
                    failure = std::current_exception();
                }
                ended(failure);
            }
        });
}

// No coroutine more than these: some scenarios weigh them. A body may be a coroutine that refers to itself.
void driver::spawn_all(std::size_t n, const std::shared_ptr<const numbered_body>& body)
{
    for (std::size_t i = 0; i < n; ++i)
        asio::co_spawn(own_executor(), (*body)(i), [this, body](std::exception_ptr e) { ended(e); });
}

void driver::prepare()
{
    end_ = clock::time_point::max();
    run_to_end();
    give_back_free_memory();
    memory_before_ = resident_bytes();
}

void driver::run_ready()
{
    io_.restart();
    io_.poll();
}

clock::duration driver::given_time() const noexcept
{
    return std::chrono::duration_cast<clock::duration>(std::chrono::duration<double>(settings_.seconds));
}

void driver::measure()
{
    begin_ = clock::now();
    end_ = begin_ + given_time();
    cpu_before_ = bench::cpu_seconds();
    measuring_ = true;
    run_to_end();
    if (measuring_)
        stop_measuring();
}

void driver::stop_measuring()
{
    measuring_ = false;
    result_.seconds = std::chrono::duration<double>(last_.load()).count();
    result_.cpu_seconds = bench::cpu_seconds() - cpu_before_;
}

void driver::let_pass(clock::duration time)
{
    spawn([time]() -> asio::awaitable<void> {
        asio::steady_timer timer{co_await asio::this_coro::executor, time};
        co_await timer.async_wait(asio::use_awaitable);
    });
    run_to_end();
}

void driver::stay_idle(clock::duration how_long)
{
    let_pass(std::chrono::seconds{1});  // what follows from the measured part a little later is not idleness
    const auto cpu = bench::cpu_seconds();
    const auto begin = clock::now();
    let_pass(how_long);
    const std::chrono::duration<double> elapsed = clock::now() - begin;
    result_.extra["idle_cpu_percent"] = 100 * (bench::cpu_seconds() - cpu) / elapsed.count();
    give_back_free_memory();
    look_at_process();
}

void driver::run_to_end()
{
    io_.restart();
    std::vector<std::jthread> others;
    for (std::size_t i = 1; i < settings_.threads; ++i)
        others.emplace_back([this] { io_.run(); });
    io_.run();
}

void driver::record(clock::time_point begin, clock::time_point now)
{
    result_.latencies.record(now - begin);
    last_.store(now - begin_, std::memory_order_relaxed);
}

void driver::look_at_process()
{
    result_.threads_seen = std::max(result_.threads_seen, thread_count());
    result_.rss_bytes_per_item =
        std::max(0.0, resident_bytes() - memory_before_) / double(std::max<std::size_t>(settings_.n, 1));
}

asio::awaitable<void> driver::part_of_time(double part)
{
    const auto whole = end_ - begin_;
    asio::steady_timer timer{co_await asio::this_coro::executor,
                             begin_ + std::chrono::duration_cast<clock::duration>(whole * part)};
    co_await timer.async_wait(asio::use_awaitable);
}

}  // namespace leasehold::bench
