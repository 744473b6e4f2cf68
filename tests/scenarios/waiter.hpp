// SPDX-License-Identifier: Apache-2.0
// What happens to one waiter of a queue, and to those before and behind it.
#pragma once

#include <leasehold/leasehold.hpp>

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <functional>
#include <string>

namespace leasehold::test {

/// A holder, a waiter behind it and another behind that, each a client of its own.
struct queue_of_three {
    client holder;
    client waiter;
    client behind;
    std::string name;
    std::chrono::milliseconds ttl;  ///< of the waiter; the others live longer
};

struct waiter_ended {
    error_code why;
    boot_clock::time_point struck;  ///< something happened to the waiter
    boot_clock::time_point told;    ///< its `lock()` completed
    bool holder_disturbed = false;
    bool behind_disturbed = false;  ///< did not get the lock after the holder's release
};

/// What to do to the waiter whose key is given.
using strike = std::function<asio::awaitable<void>(std::string key)>;

/// Forms the queue, strikes the waiter, waits until it has been told, and releases the lock to the one
/// behind.
asio::awaitable<waiter_ended> end_waiter(queue_of_three who, strike hit);

}  // namespace leasehold::test
