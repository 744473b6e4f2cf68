// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <leasehold/kv.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>
#include <view/owner.hpp>

namespace leasehold::cli {

/// What is known of one lock that somebody holds.
struct lock_row {
    std::string name;
    key_value holder;  ///< the oldest key of the queue; its value is empty until \ref set_value
    std::size_t waiters = 0;

    // Asked for apart from the keys.
    bool has_value = false;
    std::optional<leasehold::cli::owner> owner;
    std::optional<std::chrono::seconds> ttl;  ///< what was left of the holder's lease

    void set_value(std::string value);
};

/// What one look at etcd found.
struct lock_listing {
    std::vector<lock_row> rows;
    revision at = 0;
    std::chrono::milliseconds took{};
};

/// The leases of the holders, to be asked for what is left of them.
std::vector<lease_id> leases_of(std::span<const lock_row> rows);

/// What is left of them. Holders whose lease is not among them keep what they had.
void set_ttls(std::span<lock_row> rows, const std::unordered_map<lease_id, std::chrono::seconds>& left);

enum class lock_order : std::uint8_t {
    by_name,
    by_waiters,  ///< most first
    by_hold      ///< held longest first, then those of which it is unknown, the oldest key first
};

/// Locks that are alike in what they are sorted by come in the order of their names.
void sort_locks(std::vector<lock_row>& rows, lock_order order);

}  // namespace leasehold::cli
