// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <core/messages.hpp>
#include <memory/history.hpp>
#include <memory/lessor.hpp>
#include <memory/reply.hpp>

#include <leasehold/boot_clock.hpp>
#include <leasehold/kv.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace leasehold::memory {

/**
 * \brief What an etcd cluster agrees on: its keys, their history and its leases.
 *
 * A model without I/O, threads or a clock: requests carry the time, and are answered, or refused in etcd's
 * words, at once. Watches are \ref watch_server's business.
 */
class store {
public:
    using time_point = boot_clock::time_point;

    explicit store(std::uint64_t seed = 1, boot_clock::duration lessor_late = lessor::most_late)
        : lessor_{seed, lessor_late}
    {}

    const memory::history& history() const noexcept { return history_; }
    const memory::lessor& leases() const noexcept { return lessor_; }

    reply<get_result> range(const get_request& r) const;
    reply<put_result> put(const put_request& r);
    reply<remove_result> remove(const remove_request& r);
    reply<transaction_result> txn(const transaction& r);

    reply<core::lease_grant_result> grant(lease_id id, std::chrono::seconds ttl, time_point now);
    reply<revision> revoke(lease_id id);
    reply<core::lease_time_to_live_result> time_to_live(lease_id id, bool with_keys, time_point now) const;
    /// Empty when the answer has to wait: the lease has expired, and its end is not decided yet.
    std::optional<core::lease_renewal> keep_alive(lease_id id, time_point now);

    reply<revision> compact(revision at);

    /// Lets a lease expire as if its time were over.
    void expire(lease_id id, time_point now);
    void promote(time_point now, boot_clock::duration extra) { lessor_.promote(now, extra); }
    /// Revokes what is due.
    void advance(time_point now);

private:
    friend class transaction_run;

    get_result read(const get_request& r) const;
    void write(const put_request& r);
    std::int64_t erase(const remove_request& r);
    core::status check_read(const get_request& r) const;
    core::status check_write(const put_request& r) const;

    memory::history history_;
    memory::lessor lessor_;
};

}  // namespace leasehold::memory
