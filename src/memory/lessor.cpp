// SPDX-License-Identifier: Apache-2.0
#include <memory/lessor.hpp>

#include <algorithm>
#include <utility>

namespace leasehold::memory {

const lessor::lease* lessor::find(lease_id id) const
{
    const auto it = leases_.find(id);
    return it != leases_.end() ? &it->second : nullptr;
}

const lessor::lease& lessor::grant(lease_id id, std::chrono::seconds ttl, time_point now)
{
    auto& l = leases_[id];
    l.ttl = std::max(ttl, least_ttl);
    extend(l, now);
    return l;
}

void lessor::extend(lease& l, time_point now)
{
    // The longest lease overflows a nanosecond clock: a hundred years are as good.
    const boot_clock::duration whole = std::min<std::chrono::seconds>(l.ttl, std::chrono::hours{24 * 36525});
    l.expires = now + whole;
    l.revoked = l.expires + boot_clock::duration{static_cast<boot_clock::rep>(
                                static_cast<double>(late_.count()) * random_.next())};
}

void lessor::renew(lease_id id, time_point now)
{
    extend(leases_.at(id), now);
}

void lessor::promote(time_point now, boot_clock::duration extra)
{
    for (auto& [id, l] : leases_)
        extend(l, now + extra);
}

void lessor::expire(lease_id id, time_point now)
{
    auto& l = leases_.at(id);
    l.expires = l.revoked = now;
}

std::set<std::string> lessor::forget(lease_id id)
{
    const auto node = leases_.extract(id);
    return node ? std::move(node.mapped().keys) : std::set<std::string>{};
}

void lessor::attach(lease_id id, const std::string& key)
{
    if (id != 0)
        leases_.at(id).keys.insert(key);
}

void lessor::detach(lease_id id, const std::string& key)
{
    if (const auto it = leases_.find(id); it != leases_.end())
        it->second.keys.erase(key);
}

lease_id lessor::due(time_point now) const
{
    for (const auto& [id, l] : leases_)
        if (l.revoked <= now)
            return id;
    return 0;
}

lessor::time_point lessor::next_due() const
{
    auto next = time_point::max();
    for (const auto& [id, l] : leases_)
        next = std::min(next, l.revoked);
    return next;
}

}  // namespace leasehold::memory
