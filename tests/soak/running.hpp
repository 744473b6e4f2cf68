// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "handover.hpp"
#include "table.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace leasehold::test {

/// Runs a coroutine to its end, on a context of its own, and returns what it returned.
template <class Result>
Result run_alone(const std::function<asio::awaitable<Result>(asio::io_context&)>& work)
{
    asio::io_context io;
    std::optional<Result> result;
    std::exception_ptr failure;
    asio::co_spawn(io, work(io), [&](std::exception_ptr e, Result r) {
        failure = e;
        result = std::move(r);
    });
    io.run();
    if (failure)
        std::rethrow_exception(failure);
    return *std::move(result);
}

inline void add(row& sum, const std::vector<handover>& results)
{
    for (const auto& r : results) {
        ++sum.trials;
        sum.violations += r.violated() ? 1 : 0;
        sum.worst_margin = std::min<std::chrono::nanoseconds>(
            sum.worst_margin.value_or(std::chrono::nanoseconds::max()), r.margin());
    }
}

}  // namespace leasehold::test
