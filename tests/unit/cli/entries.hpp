// SPDX-License-Identifier: Apache-2.0
// Keys of queues for the tests.
#pragma once

#include <view/lock_row.hpp>
#include <view/queue_key.hpp>

#include <leasehold/kv.hpp>

#include <chrono>
#include <cstddef>
#include <ostream>
#include <string>
#include <utility>

namespace leasehold::cli::test {

/// A place in the queue of `name`, as a session writes it.
inline key_value entry(const std::string& name, lease_id lease, revision created, std::string value = {},
                       revision changed = 0)
{
    key_value kv;
    kv.key = name + '/' + hex(lease);
    kv.value = std::move(value);
    kv.lease = lease;
    kv.create_revision = created;
    kv.mod_revision = changed == 0 ? created : changed;
    kv.version = changed == 0 ? 1 : 2;
    return kv;
}

inline lock_row row(const std::string& name, std::size_t waiters, revision created = 1)
{
    lock_row r;
    r.name = name;
    r.holder = entry(name, created, created);
    r.waiters = waiters;
    return r;
}

/// One whose holder left an owner record.
inline lock_row row_of_owner(const std::string& name, std::chrono::sys_seconds since, std::size_t waiters = 0)
{
    lock_row r = row(name, waiters);
    r.owner = owner_record{"web3", 4242, "worker", since};
    return r;
}

/// One whose holder was seen to get the lock, or was there at the first look.
inline lock_row row_held(const std::string& name, std::chrono::sys_seconds since, bool whole,
                         revision created = 1)
{
    lock_row r = row(name, 0, created);
    r.hold = observed_hold{since, whole};
    return r;
}

}  // namespace leasehold::cli::test
