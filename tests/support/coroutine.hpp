// SPDX-License-Identifier: Apache-2.0
// Runs coroutines to their end in a test, with a watchdog in place of a hang.
#pragma once

#include <leasehold/leasehold.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <exception>
#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace leasehold::test {

using namespace std::chrono_literals;

constexpr auto as_result = asio::as_tuple(asio::deferred);

/// Runs `io` on `threads` threads until it is out of work; fails the test case after `limit`.
inline void run_to_end(asio::io_context& io, std::size_t threads = 1, std::chrono::seconds limit = 60s)
{
    std::vector<std::jthread> others;
    for (std::size_t i = 1; i < threads; ++i)
        others.emplace_back([&io, limit] { io.run_for(limit); });
    io.run_for(limit);
    const bool finished = io.stopped();
    io.stop();
    others.clear();
    if (!finished)
        BOOST_FAIL("the watchdog ended the test: something never completed");
}

/// Runs one coroutine to its end and rethrows what it threw.
inline void run(asio::io_context& io, std::function<asio::awaitable<void>()> body, std::size_t threads = 1,
                std::chrono::seconds limit = 60s)
{
    std::exception_ptr failure;
    asio::co_spawn(io, std::move(body), [&](std::exception_ptr e) { failure = e; });
    run_to_end(io, threads, limit);
    if (failure)
        std::rethrow_exception(failure);
}

inline client_options at(std::string endpoint)
{
    client_options options;
    options.endpoints = {std::move(endpoint)};
    return options;
}

/// Waits for an event inside the process: a coroutine that has not got there yet blocks nobody.
class gate {
public:
    explicit gate(asio::any_io_executor executor) : timer_{executor, asio::steady_timer::time_point::max()} {}

    void open()
    {
        opened_ = true;
        timer_.cancel();
    }

    asio::awaitable<void> wait()
    {
        if (!opened_)
            co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
    }

private:
    bool opened_ = false;
    asio::steady_timer timer_;
};

/// How many keys are in the queue of a lock.
inline asio::awaitable<std::size_t> queue_length(const mutex& m)
{
    const auto entries = co_await m.queue();
    co_return entries.size();
}

/// Waits, by watching the queue, until it has that many keys.
inline asio::awaitable<void> queue_reaches(client c, std::string name, std::size_t wanted)
{
    auto changes = c.watch(name + "/", {.prefix = true});
    co_await changes.ready();
    const mutex m{c, name};
    while (true) {
        const auto length = co_await queue_length(m);
        if (length == wanted)
            co_return;
        co_await changes.next();
    }
}

}  // namespace leasehold::test
