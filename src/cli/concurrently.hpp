// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <functional>

namespace leasehold::cli {

/**
 * \brief Runs `work(i)` for every `i` below `count`, at most `width` of them at a time, and waits for all.
 *
 * After a failure nothing more is begun; the first failure is thrown once what had begun has ended.
 * \pre The calling coroutine's executor runs on one thread.
 */
boost::asio::awaitable<void> concurrently(std::size_t count, std::size_t width,
                                          std::function<boost::asio::awaitable<void>(std::size_t)> work);

}  // namespace leasehold::cli
