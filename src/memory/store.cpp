// SPDX-License-Identifier: Apache-2.0
#include <memory/store.hpp>

#include <algorithm>
#include <tuple>
#include <utility>

namespace leasehold::memory {

namespace {

// etcd's --max-request-bytes.
constexpr std::size_t largest_request = 3 * 512 * 1024;

// Whole seconds only, and below 0 for a lease whose end is overdue: etcd's LeaseTimeToLive cuts the rest off.
std::chrono::seconds left_of(const lessor::lease& l, boot_clock::time_point now)
{
    return std::chrono::duration_cast<std::chrono::seconds>(l.expires - now);
}

}  // namespace

// ---- reading ----

core::status store::check_read(const get_request& r) const
{
    if (r.key.empty())
        return refusal::empty_key();
    if (r.at_revision > history_.current())
        return refusal::future_revision();
    if (r.at_revision > 0 && r.at_revision < history_.compacted())
        return refusal::compacted();
    return {};
}

get_result store::read(const get_request& r) const
{
    get_result result;
    const auto at = r.at_revision > 0 ? r.at_revision : history_.current();
    history_.for_each(r.key, r.range_end, at, [&](const key_value& kv) {
        ++result.count;
        if (!r.count_only && (r.max_create_revision == 0 || kv.create_revision <= r.max_create_revision))
            result.items.push_back(kv);
    });
    if (r.sort == get_request::order::oldest_first)
        std::sort(result.items.begin(), result.items.end(), [](const auto& a, const auto& b) {
            return std::tie(a.create_revision, a.key) < std::tie(b.create_revision, b.key);
        });
    else if (r.sort == get_request::order::newest_first)
        std::sort(result.items.begin(), result.items.end(), [](const auto& a, const auto& b) {
            return std::tie(b.create_revision, a.key) < std::tie(a.create_revision, b.key);
        });
    if (r.limit > 0 && result.items.size() > static_cast<std::size_t>(r.limit)) {
        result.items.resize(static_cast<std::size_t>(r.limit));
        result.more = true;
    }
    if (r.keys_only)
        for (auto& kv : result.items)
            kv.value.clear();
    return result;
}

reply<get_result> store::range(const get_request& r) const
{
    if (auto bad = check_read(r); !bad.ok())
        return {std::move(bad), {}};
    auto result = read(r);
    result.revision = history_.current();
    return {{}, std::move(result)};
}

// ---- writing ----

core::status store::check_write(const put_request& r) const
{
    if (r.key.empty())
        return refusal::empty_key();
    if (r.key.size() + r.value.size() > largest_request)
        return refusal::too_large();
    if (r.lease != 0 && lessor_.find(r.lease) == nullptr)
        return refusal::lease_not_found();
    return {};
}

void store::write(const put_request& r)
{
    if (const auto* before = history_.find(r.key, history_.current()))
        lessor_.detach(before->lease, r.key);
    history_.put(r);
    lessor_.attach(r.lease, r.key);
}

std::int64_t store::erase(const remove_request& r)
{
    history_.for_each(r.key, r.range_end, history_.current(),
                      [this](const key_value& kv) { lessor_.detach(kv.lease, kv.key); });
    return static_cast<std::int64_t>(history_.remove(r.key, r.range_end).size());
}

reply<put_result> store::put(const put_request& r)
{
    if (auto bad = check_write(r); !bad.ok())
        return {std::move(bad), {}};
    history_.begin();
    write(r);
    return {{}, {history_.current()}};
}

reply<remove_result> store::remove(const remove_request& r)
{
    if (r.key.empty())
        return {refusal::empty_key(), {}};
    history_.begin();
    const auto removed = erase(r);
    return {{}, {removed, history_.current()}};
}

reply<revision> store::compact(revision at)
{
    if (at <= history_.compacted())
        return {refusal::compacted(), 0};
    if (at > history_.current())
        return {refusal::future_revision(), 0};
    history_.compact(at);
    return {{}, history_.current()};
}

// ---- leases ----

reply<core::lease_grant_result> store::grant(lease_id id, std::chrono::seconds ttl, time_point now)
{
    if (ttl > lessor::most_ttl)
        return {refusal::lease_ttl_too_large(), {}};
    if (lessor_.find(id) != nullptr)
        return {refusal::lease_exists(), {}};
    return {{}, {id, lessor_.grant(id, ttl, now).ttl}};
}

reply<revision> store::revoke(lease_id id)
{
    if (lessor_.find(id) == nullptr)
        return {refusal::lease_not_found(), 0};
    history_.begin();
    for (const auto& key : lessor_.forget(id))
        history_.remove(key, {});
    return {{}, history_.current()};
}

reply<core::lease_time_to_live_result> store::time_to_live(lease_id id, bool with_keys, time_point now) const
{
    const auto* l = lessor_.find(id);
    if (l == nullptr)
        return {{}, {std::chrono::seconds{-1}, {}, {}}};
    core::lease_time_to_live_result result{left_of(*l, now), l->ttl, {}};
    if (with_keys)
        result.keys.assign(l->keys.begin(), l->keys.end());
    return {{}, std::move(result)};
}

std::optional<core::lease_renewal> store::keep_alive(lease_id id, time_point now)
{
    const auto* l = lessor_.find(id);
    if (l == nullptr)
        return core::lease_renewal{id, {}};
    if (l->expires <= now)
        return std::nullopt;
    lessor_.renew(id, now);
    return core::lease_renewal{id, l->ttl};
}

void store::expire(lease_id id, time_point now)
{
    if (lessor_.find(id) != nullptr)
        lessor_.expire(id, now);
    advance(now);
}

void store::advance(time_point now)
{
    while (const auto id = lessor_.due(now))
        revoke(id);
}

}  // namespace leasehold::memory
