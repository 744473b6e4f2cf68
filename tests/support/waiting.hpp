// SPDX-License-Identifier: Apache-2.0
// How coroutines in tests wait for what they need, without sleeping.
#pragma once

#include <leasehold/leasehold.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>
#include <string>
#include <utility>

namespace leasehold::test {

constexpr auto as_result = asio::as_tuple(asio::deferred);

inline client_options at(std::string endpoint)
{
    client_options options;
    options.endpoints = {std::move(endpoint)};
    options.connect_timeout = std::chrono::seconds{10};
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

/// Runs `count` coroutines at once, on this coroutine's executor, and waits for all; rethrows the first
/// failure.
inline asio::awaitable<void> all_of(std::size_t count, std::function<asio::awaitable<void>()> body)
{
    const auto executor = co_await asio::this_coro::executor;
    gate done{executor};
    std::exception_ptr failure;
    auto running = count;
    for (std::size_t i = 0; i < count; ++i)
        asio::co_spawn(executor, body(), [&](std::exception_ptr e) {
            if (e && !failure)
                failure = e;
            if (--running == 0)
                done.open();
        });
    if (count != 0)
        co_await done.wait();
    if (failure)
        std::rethrow_exception(failure);
}

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
