// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <view/owner.hpp>

#include <leasehold/kv.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace leasehold::cli {

/// How long somebody has been seen to hold a lock. etcd keeps no times, so the whole can be known only of
/// what began while somebody looked; an owner record tells since when the lock was wanted.
struct observed_hold {
    std::chrono::sys_seconds since;
    bool whole = false;  ///< it began then; otherwise it was there at the first look

    friend bool operator==(const observed_hold&, const observed_hold&) = default;
};

/// What is known of one lock that somebody holds.
struct lock_row {
    std::string name;
    key_value holder;  ///< the oldest key of the queue; its value is empty until \ref set_value
    std::size_t waiters = 0;

    // Asked for apart from the keys.
    bool has_value = false;
    std::optional<owner_record> owner;
    std::optional<std::chrono::seconds> ttl;  ///< what was left of the holder's lease
    std::optional<observed_hold> hold;

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
    by_hold      ///< held longest first: what was held at the first look, the oldest key first, then the rest
};

/// Locks that are alike in what they are sorted by come in the order of their names.
void sort_locks(std::vector<lock_row>& rows, lock_order order);

}  // namespace leasehold::cli
