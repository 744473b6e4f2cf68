// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <leasehold/kv.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

/// \file
/// The transactions of the lock protocol (docs/design.md) and what their answers mean.

namespace leasehold::core {

/// The one key that a session has in the queue of one lock.
struct lock_place {
    std::string key;  ///< prefix + lease
    std::size_t prefix_size = 0;
    lease_id lease = 0;

    std::string_view name() const noexcept { return prefix().substr(0, prefix_size - 1); }
    /// Of the queue.
    std::string_view prefix() const noexcept { return std::string_view{key}.substr(0, prefix_size); }
    std::string prefix_end() const { return leasehold::prefix_end(std::string{prefix()}); }

    static lock_place make(std::string_view name, lease_id lease);
};

/// Where a transaction found, or put, our key.
struct queue_position {
    static constexpr std::size_t uncounted = static_cast<std::size_t>(-1);

    revision store_revision = 0;    ///< everything below is as of this revision
    revision own = 0;               ///< create revision of our key; 0: it is not there
    bool known = false;             ///< whether `predecessor` says anything
    std::string predecessor;        ///< a key before ours; empty: we own the lock
    std::size_t ahead = uncounted;  ///< keys before ours, when this request put it there
};

/// Joins the queue and counts it, which is cheap at any length: owns the lock at once when nobody else is
/// there. May be repeated: the key keeps its create revision.
transaction enqueue(const lock_place& place, const std::string& value);
queue_position read_enqueue(const transaction_result& result);

/// As `enqueue`, and learns the predecessor in the same round trip, for which etcd reads the whole queue.
transaction enqueue_behind(const lock_place& place, const std::string& value);
queue_position read_enqueue_behind(const lock_place& place, const transaction_result& result);

/// Takes the lock if the queue is empty and writes nothing otherwise.
transaction try_enqueue(const lock_place& place, const std::string& value);
queue_position read_try_enqueue(const lock_place& place, const transaction_result& result);

/// Reads our key and the one before it, when ours was created at `own`: the whole queue, for etcd.
get_request look(const lock_place& place, revision own);
queue_position read_look(const lock_place& place, revision own, const get_result& result);

/// Reads our key and whether that predecessor still is before it.
transaction look_at(const lock_place& place, const std::string& predecessor);
queue_position read_look_at(const std::string& predecessor, const transaction_result& result);

/// Reads our key and some whose names come next, which may be anywhere in the queue. The newest of those
/// before ours leaves late, and hardly anybody else will wait for it: names have nothing to do with places.
get_request look_nearby(const lock_place& place);
queue_position read_look_nearby(const lock_place& place, revision own, const get_result& result);

/// Reads our key alone.
get_request look_own(const lock_place& place);
queue_position read_look_own(const get_result& result);
queue_position read_look_own(const transaction_result& result);

/// Deletes our key if it is the one created at `own`. May be repeated, and may take effect late: no other key
/// is hit.
transaction leave(const lock_place& place, revision own);

/// One of the transactions above, by what differs from lock to lock. Refers to its place and value.
struct lock_request {
    enum class kind : std::uint8_t { enqueue, enqueue_behind, try_enqueue, leave, look_own };

    kind what;
    const lock_place* place;
    const std::string* value;  ///< of the key to put; null where there is none
    revision own = 0;          ///< for `leave`
};

transaction to_transaction(const lock_request& r);
/// The answer to one that joins the queue, in whichever way.
queue_position read_joined(lock_request::kind how, const lock_place& place, const transaction_result& result);

}  // namespace leasehold::core
