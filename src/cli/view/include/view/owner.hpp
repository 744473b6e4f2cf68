// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <leasehold/kv.hpp>
#include <leasehold/owner_record.hpp>

#include <optional>
#include <string>

namespace leasehold::cli {

/// Who is in this place of a queue, in one line and escaped: the owner, or else the lease.
std::string who(const std::optional<owner_record>& o, lease_id lease);

}  // namespace leasehold::cli
