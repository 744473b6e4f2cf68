// SPDX-License-Identifier: Apache-2.0
#include <view/owner.hpp>
#include <view/queue_key.hpp>
#include <view/text.hpp>

namespace leasehold::cli {

std::optional<owner> parse_owner(std::string_view)
{
    return std::nullopt;
}

std::string who(const std::optional<owner>& o, lease_id lease)
{
    if (!o)
        return "lease " + hex(lease);
    return escape(o->host) + ':' + std::to_string(o->pid) + ' ' + escape(o->program);
}

}  // namespace leasehold::cli
