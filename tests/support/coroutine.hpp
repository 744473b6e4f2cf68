// SPDX-License-Identifier: Apache-2.0
// Runs coroutines to their end in a test, with a watchdog in place of a hang.
#pragma once

#include "waiting.hpp"

#include <leasehold/leasehold.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
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

/// Runs `io` on `threads` threads until it is out of work; fails the test case after `limit`.
inline void run_to_end(asio::io_context& io, std::size_t threads = 1, std::chrono::seconds limit = 180s)
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
                std::chrono::seconds limit = 180s)
{
    std::exception_ptr failure;
    asio::co_spawn(io, std::move(body), [&](std::exception_ptr e) { failure = e; });
    run_to_end(io, threads, limit);
    if (failure)
        std::rethrow_exception(failure);
}

}  // namespace leasehold::test
