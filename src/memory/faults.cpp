// SPDX-License-Identifier: Apache-2.0
#include <memory/faults.hpp>

namespace leasehold::memory {

const char* name_of(call_kind kind) noexcept
{
    switch (kind) {
    case call_kind::range:
        return "range";
    case call_kind::put:
        return "put";
    case call_kind::remove:
        return "remove";
    case call_kind::txn:
        return "txn";
    case call_kind::lease_grant:
        return "lease grant";
    case call_kind::lease_revoke:
        return "lease revoke";
    case call_kind::lease_time_to_live:
        return "lease time-to-live";
    case call_kind::authenticate:
        return "authenticate";
    case call_kind::keep_alive:
        return "keep-alive";
    case call_kind::watch:
        return "watch";
    }
    return "?";
}

std::string to_string(const message& m)
{
    const bool up = m.direction == direction::to_server;
    return "message " + std::to_string(m.number) + ", " + name_of(m.kind) + (up ? " to" : " from") +
           " member " + std::to_string(m.member) + " of client " + std::to_string(m.client);
}

core::status connection_reset()
{
    return {core::status_code::unavailable, "Connection reset by peer"};
}

}  // namespace leasehold::memory
