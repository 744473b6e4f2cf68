// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <core/backoff.hpp>

#include <leasehold/boot_clock.hpp>
#include <leasehold/kv.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace leasehold::memory {

/// etcd's leases: when they expire, when the lessor gets to revoking them, and what hangs on them.
class lessor {
public:
    using time_point = boot_clock::time_point;
    struct lease {
        std::chrono::seconds ttl{};
        time_point expires;
        time_point revoked;  ///< the lessor looks every half second only
        std::set<std::string> keys;
    };

    static constexpr std::chrono::seconds least_ttl{2};
    static constexpr std::chrono::seconds most_ttl{9'000'000'000};
    static constexpr std::chrono::milliseconds most_late{500};

    lessor(std::uint64_t seed, boot_clock::duration late) noexcept : late_{late}, random_{seed} {}

    const std::map<lease_id, lease>& all() const noexcept { return leases_; }
    const lease* find(lease_id id) const;
    /// \pre There is none of that number.
    const lease& grant(lease_id id, std::chrono::seconds ttl, time_point now);
    /// \pre It exists, and has not expired.
    void renew(lease_id id, time_point now);
    /// A new leader gives every lease its whole time again, and `extra`.
    void promote(time_point now, boot_clock::duration extra);
    /// Lets it expire now.
    void expire(lease_id id, time_point now);
    std::set<std::string> forget(lease_id id);

    void attach(lease_id id, const std::string& key);
    void detach(lease_id id, const std::string& key);

    /// The lease to revoke next; 0 when none is due.
    lease_id due(time_point now) const;
    time_point next_due() const;

private:
    void extend(lease& l, time_point now);

    const boot_clock::duration late_;
    core::jitter random_;
    std::map<lease_id, lease> leases_;
};

}  // namespace leasehold::memory
