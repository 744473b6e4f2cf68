// SPDX-License-Identifier: Apache-2.0
#include <view/lock_row.hpp>

#include <algorithm>
#include <tuple>
#include <utility>

namespace leasehold::cli {

namespace {

bool by_name(const lock_row& a, const lock_row& b)
{
    return a.name < b.name;
}

bool by_waiters(const lock_row& a, const lock_row& b)
{
    return std::tie(b.waiters, a.name) < std::tie(a.waiters, b.name);
}

bool by_hold(const lock_row& a, const lock_row& b)
{
    const auto began = [](const lock_row& r) {
        return r.hold && r.hold->whole ? std::optional{r.hold->since} : std::nullopt;
    };
    const auto began_a = began(a);
    const auto began_b = began(b);
    return std::tie(began_a, a.holder.create_revision, a.name) <
           std::tie(began_b, b.holder.create_revision, b.name);
}

}  // namespace

void lock_row::set_value(std::string value)
{
    holder.value = std::move(value);
    owner = parse_owner_record(holder.value);
    has_value = true;
}

std::vector<lease_id> leases_of(std::span<const lock_row> rows)
{
    std::vector<lease_id> leases;
    for (const lock_row& row : rows)
        leases.push_back(row.holder.lease);
    return leases;
}

void set_ttls(std::span<lock_row> rows, const std::unordered_map<lease_id, std::chrono::seconds>& left)
{
    for (lock_row& row : rows) {
        if (const auto it = left.find(row.holder.lease); it != left.end())
            row.ttl = it->second;
    }
}

void sort_locks(std::vector<lock_row>& rows, lock_order order)
{
    switch (order) {
    case lock_order::by_name:
        std::ranges::sort(rows, by_name);
        break;
    case lock_order::by_waiters:
        std::ranges::sort(rows, by_waiters);
        break;
    case lock_order::by_hold:
        std::ranges::sort(rows, by_hold);
        break;
    }
}

}  // namespace leasehold::cli
