// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <core/lock_protocol.hpp>
#include <core/status.hpp>

#include <leasehold/boot_clock.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace leasehold::core {

/// What a transaction is for the server's limits.
struct footprint {
    std::size_t operations = 0;  ///< of etcd's budget (`checkTxnRequest`), its nested transactions included
    std::size_t bytes = 0;       ///< of its keys and values
};

footprint footprint_of(const lock_request& r) noexcept;

/// One transaction of the lock protocol on its way to the server.
template <class Payload>
struct batch_member {
    std::string_view prefix;  ///< of the queue that it changes; lives as long as the payload does
    footprint size;
    boot_clock::time_point limit;    ///< after which it is of no use
    boot_clock::duration attempt{};  ///< how long to wait for the answer once it is sent
    Payload payload;                 ///< has the transaction itself

    /// Of the answer, when it is sent now.
    boot_clock::time_point deadline(boot_clock::time_point now) const
    {
        return std::min(limit, now + attempt);
    }
};

/// How a whole batch was refused.
enum class refusal : std::uint8_t { too_many_operations, too_large, other };

/// Whether nothing of a batch took effect and one member of it may be the cause.
bool refused_as_a_whole(verdict v) noexcept;
refusal why_refused(const status& s) noexcept;

/**
 * The queues of one batch. All writes of a transaction get one revision, so two keys created under one prefix
 * would have no order: neither the same queue twice, nor one queue inside another.
 */
class prefix_set {
public:
    /// False, and not added, when it meets another one. The text must outlive the set.
    bool add(std::string_view prefix);

private:
    std::vector<std::string_view> sorted_;
};

}  // namespace leasehold::core
