// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <leasehold/kv.hpp>

#include <optional>
#include <string>

namespace leasehold {

/// Who owns a name of a \ref locker, and what it publishes there: the first key of the name's queue.
struct name_state {
    std::string name;                         ///< without the locker's directory
    std::optional<std::string> value;         ///< empty: nobody owns the name
    lease_id lease = 0;                       ///< the owner's
    leasehold::revision create_revision = 0;  ///< of the owner's key: its fencing token's `revision`
    /// Of etcd, when it was so: of the change that is told, or of the reading.
    leasehold::revision revision = 0;

    friend bool operator==(const name_state&, const name_state&) = default;
};

}  // namespace leasehold
