// SPDX-License-Identifier: Apache-2.0
// Somebody deletes the holder's key.
#pragma once

#include <leasehold/leasehold.hpp>

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <functional>
#include <string>

namespace leasehold::test {

struct key_lost {
    errc why{};
    boot_clock::time_point deleting;  ///< the deletion was asked for
    boot_clock::time_point told;      ///< `lost()` completed
    bool still_held = false;

    boot_clock::duration latency() const { return told - deleting; }
};

/// Locks, holds for `before`, and tells how the loss of the key, by `remove`, was told.
asio::awaitable<key_lost> lose_key(client holder, std::string name, std::chrono::milliseconds before,
                                   std::function<asio::awaitable<void>(std::string key)> remove);

}  // namespace leasehold::test
