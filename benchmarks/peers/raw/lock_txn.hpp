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

/// The transaction that the lock needs next, of the very shape that src/core/lock_protocol.cpp has.
void write_next_step(const raw_lock& lock, etcdserverpb::TxnRequest& txn);

}  // namespace leasehold::bench
