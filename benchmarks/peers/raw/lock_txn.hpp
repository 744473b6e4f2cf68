// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <etcd_api/rpc.pb.h>
#include <string>

namespace leasehold::bench {

/// A free lock on its way between enqueue and leave.
struct raw_lock {
    raw_lock(const std::string& name, std::int64_t lease);

    std::string prefix;
    std::string prefix_end;
    std::string key;
    std::int64_t lease;
    std::int64_t owned_since = 0;  ///< create revision of our key; 0: not ours
};

/// The transaction that the lock needs next, of the very shape that src/core/lock_protocol.cpp has for who
/// expects to be alone, or others.
void write_next_step(const raw_lock& lock, bool alone, etcdserverpb::TxnRequest& txn);

/// Whether that transaction made us the owner, or the lock free.
bool done_next_step(const raw_lock& lock, const etcdserverpb::TxnResponse& answer);

}  // namespace leasehold::bench
