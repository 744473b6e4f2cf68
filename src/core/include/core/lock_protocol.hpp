// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <leasehold/kv.hpp>

#include <optional>
#include <string>
#include <string_view>

/// \file
/// The transactions of the lock protocol (docs/design.md) and what their answers mean.

namespace leasehold::core {

/// The one key that a session has in the queue of one lock.
struct lock_place {
    std::string prefix;  ///< of the queue
    std::string prefix_end;
    std::string key;  ///< prefix + lease
    lease_id lease = 0;

    static lock_place make(std::string_view name, lease_id lease);
};

/// Where a transaction found, or put, our key.
struct queue_position {
    revision store_revision = 0;  ///< everything below is as of this revision
    revision own = 0;             ///< create revision of our key; 0: it is not there
    bool known = false;           ///< whether `predecessor` says anything
    std::string predecessor;      ///< the key before ours; empty: we own the lock
};

/// Joins the queue: owns the lock at once when the queue is empty, and otherwise learns the place and the
/// predecessor in the same round trip. May be repeated: the key keeps its create revision.
transaction enqueue(const lock_place& place, const std::string& value);
queue_position read_enqueue(const lock_place& place, const transaction_result& result);

/// Takes the lock if the queue is empty and writes nothing otherwise.
transaction try_enqueue(const lock_place& place, const std::string& value);
queue_position read_try_enqueue(const lock_place& place, const transaction_result& result);

/// Reads our key and the one before it, when ours was created at `own`.
get_request look(const lock_place& place, revision own);
queue_position read_look(const lock_place& place, revision own, const get_result& result);

/// Reads our key alone.
get_request look_own(const lock_place& place);
queue_position read_look_own(const get_result& result);

/// Deletes our key if it is the one created at `own`. May be repeated, and may take effect late: no other key
/// is hit.
transaction leave(const lock_place& place, revision own);

}  // namespace leasehold::core
