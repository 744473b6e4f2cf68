// SPDX-License-Identifier: Apache-2.0
#include "peers/raw/lock_txn.hpp"

#include <cstdio>

namespace leasehold::bench {

namespace {

namespace pb = etcdserverpb;

void compare_create_revision(pb::TxnRequest& txn, const std::string& key, std::int64_t revision)
{
    auto& c = *txn.add_compare();
    c.set_target(pb::Compare::CREATE);
    c.set_result(pb::Compare::EQUAL);
    c.set_key(key);
    c.set_create_revision(revision);
}

void put_own(const raw_lock& lock, pb::RequestOp& op)
{
    auto& put = *op.mutable_request_put();
    put.set_key(lock.key);
    put.set_lease(lock.lease);
}

void enqueue(const raw_lock& lock, bool alone, pb::TxnRequest& txn)
{
    compare_create_revision(txn, lock.key, 0);
    put_own(lock, *txn.add_success());
    auto& queue = *txn.add_success()->mutable_request_range();
    queue.set_key(lock.prefix);
    queue.set_range_end(lock.prefix_end);
    if (alone) {
        queue.set_count_only(true);
    } else {
        queue.set_limit(2);
        queue.set_sort_target(pb::RangeRequest::CREATE);
        queue.set_sort_order(pb::RangeRequest::DESCEND);
        queue.set_keys_only(true);
    }
    auto& look_own = *txn.add_failure()->mutable_request_range();
    look_own.set_key(lock.key);
    look_own.set_keys_only(true);
}

void leave(const raw_lock& lock, pb::TxnRequest& txn)
{
    compare_create_revision(txn, lock.key, lock.owned_since);
    txn.add_success()->mutable_request_delete_range()->set_key(lock.key);
}

std::string hex(std::int64_t number)
{
    char digits[2 * sizeof number + 1];
    std::snprintf(digits, sizeof digits, "%llx", static_cast<unsigned long long>(number));
    return digits;
}

}  // namespace

raw_lock::raw_lock(const std::string& name, std::int64_t on_lease)
    : prefix{name + "/"}, prefix_end{name + "0"}, key{prefix + hex(on_lease)}, lease{on_lease}
{
    static_assert('/' + 1 == '0');
}

void write_next_step(const raw_lock& lock, bool alone, pb::TxnRequest& txn)
{
    if (lock.owned_since == 0)
        enqueue(lock, alone, txn);
    else
        leave(lock, txn);
}

bool done_next_step(const raw_lock& lock, const pb::TxnResponse& answer)
{
    const bool joins = lock.owned_since == 0;
    return answer.succeeded() && (!joins || answer.responses(1).response_range().count() == 1);
}

}  // namespace leasehold::bench
