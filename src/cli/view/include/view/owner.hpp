// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <leasehold/kv.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace leasehold::cli {

/// What a lock's value says about who wrote it.
struct owner {
    std::string host;
    std::int64_t pid = 0;
    std::string program;
    std::optional<std::chrono::sys_seconds> since;  ///< when that process began

    friend bool operator==(const owner&, const owner&) = default;
};

/// Nothing for a value that is no owner record: somebody's own, or none. It is to be shown as it is then.
std::optional<owner> parse_owner(std::string_view value);

/// Who is in this place of a queue, in one line and escaped: the owner, or else the lease.
std::string who(const std::optional<owner>& o, lease_id lease);

}  // namespace leasehold::cli
