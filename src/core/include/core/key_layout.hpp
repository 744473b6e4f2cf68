// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <leasehold/kv.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace leasehold::core {

/// The prefix of a lock's queue: the name and a slash, as Go's `concurrency.NewMutex` has it.
std::string queue_prefix(std::string_view name);

/// The first key of the range of all keys with that prefix; its end is `prefix_end`. etcd has no empty key:
/// the first possible one stands for "from the very beginning".
std::string prefix_begin(std::string prefix);

/// A session's key in a queue: the lease in lower-case hexadecimal without padding, as Go's `%x` prints it.
std::string queue_key(std::string_view prefix, lease_id lease);

/// The lease that a key's last part names, if it is the key of a session in that queue.
std::optional<lease_id> lease_of_key(std::string_view prefix, std::string_view key);

}  // namespace leasehold::core
