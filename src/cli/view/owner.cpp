// SPDX-License-Identifier: Apache-2.0
#include <view/owner.hpp>
#include <view/queue_key.hpp>
#include <view/text.hpp>

namespace leasehold::cli {

std::string who(const std::optional<owner_record>& o, lease_id lease)
{
    if (!o)
        return "lease " + hex(lease);
    return escape(o->host) + ':' + std::to_string(o->pid) + ' ' + escape(o->program);
}

}  // namespace leasehold::cli
