// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <leasehold/kv.hpp>

#include <cstdint>
#include <string>

/// \file
/// How the owner of a lock changes what its key says, and what the answer means.

namespace leasehold::core {

/// An owner's key.
struct owned_key {
    std::string key;
    lease_id lease = 0;    ///< that it dies with
    revision created = 0;  ///< by the owner: another creation is somebody else's
};

/// Writes the value if the key was last changed at `known`, and reads it otherwise. May be repeated, and may
/// take effect late: it hides no later value.
transaction publish(const owned_key& key, revision known, std::string value);

struct publish_outcome {
    enum class kind : std::uint8_t { done, changed_by_others, key_gone };

    kind what = kind::key_gone;
    revision at = 0;    ///< the key's last change
    std::string value;  ///< of others
};
publish_outcome read_publish(const owned_key& key, transaction_result result);

}  // namespace leasehold::core
