// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace leasehold::core {

/// gRPC's status codes, by their wire numbers.
enum class status_code : std::uint8_t {
    ok = 0,
    cancelled = 1,
    unknown = 2,
    invalid_argument = 3,
    deadline_exceeded = 4,
    not_found = 5,
    already_exists = 6,
    permission_denied = 7,
    resource_exhausted = 8,
    failed_precondition = 9,
    aborted = 10,
    out_of_range = 11,
    unimplemented = 12,
    internal = 13,
    unavailable = 14,
    data_loss = 15,
    unauthenticated = 16,
};

/// How a call ended, as the transport saw it.
struct status {
    status_code code = status_code::ok;
    std::string text;  ///< the server's words
    bool sent = true;  ///< false: certainly never left this process

    bool ok() const noexcept { return code == status_code::ok; }
};

/// What an ended call means for the caller; see etcd.md §5.6 for the evidence.
enum class verdict : std::uint8_t {
    ok,
    retry,         ///< certainly no effect: try again, elsewhere
    back_off,      ///< certainly no effect: the server is overloaded
    ambiguous,     ///< may or may not have taken effect
    lease_gone,    ///< the lease does not exist (any more)
    lease_exists,  ///< a lease with this number was granted before
    compacted,     ///< the revision asked for is history
    no_space,
    unauthenticated,  ///< the token is stale or missing
    permission_denied,
    invalid,  ///< the request itself is at fault
    fatal,    ///< the cluster is corrupt, or speaks another protocol
};

verdict classify(const status& s);

/// Why etcd ends a watch, in words: for want of a permission or of a token that it takes. Releases before
/// 3.5.10 do not tell the two apart.
enum class access : std::uint8_t { granted, permission_denied, unauthenticated };
access access_of(std::string_view cancel_reason);

}  // namespace leasehold::core
