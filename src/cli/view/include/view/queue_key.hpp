// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <leasehold/kv.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace leasehold::cli {

/// A key read as a place in a lock's queue: the lock's name, a slash, and the lease in lower-case
/// hexadecimal.
struct queue_key {
    std::string_view name;  ///< part of the key that was read
    lease_id lease = 0;
};

/// Nothing for a key that no program writes when it locks.
std::optional<queue_key> parse_queue_key(std::string_view key);

/// The lock in whose queue the key is. Nothing for other keys: a place in a queue is written with the lease
/// that it is named after, so that an application's own `users/1` is not taken for the lock `users`.
/// \return a part of `kv.key`.
std::optional<std::string_view> lock_of(const key_value& kv);

/// A lease as keys and `etcdctl lease list` have it, without zeros in front.
std::string hex(lease_id lease);

}  // namespace leasehold::cli
