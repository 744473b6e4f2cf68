// SPDX-License-Identifier: Apache-2.0
#include <view/lock_table.hpp>
#include <view/queue_key.hpp>

#include <string_view>
#include <utility>

namespace leasehold::cli {

void lock_table::add(key_value key)
{
    const auto name = lock_of(key);
    if (!name || !name->starts_with(prefix_))
        return;
    const auto [it, first] = rows_.try_emplace(std::string{*name});
    lock_row& row = it->second;
    if (!first)
        ++row.waiters;
    if (first || key.create_revision < row.holder.create_revision)
        row.holder = std::move(key);
}

std::vector<lock_row> lock_table::take()
{
    std::vector<lock_row> rows;
    rows.reserve(rows_.size());
    while (!rows_.empty()) {
        auto node = rows_.extract(rows_.begin());
        rows.push_back(std::move(node.mapped()));
        rows.back().name = std::move(node.key());
    }
    sort_locks(rows, lock_order::by_name);
    return rows;
}

void keep_details(const std::vector<lock_row>& from, std::vector<lock_row>& to)
{
    std::unordered_map<std::string_view, const lock_row*> known;
    for (const lock_row& row : from)
        known.emplace(row.name, &row);
    for (lock_row& row : to) {
        const auto it = known.find(row.name);
        if (it == known.end())
            continue;
        const lock_row& old = *it->second;
        if (old.holder.key != row.holder.key || old.holder.create_revision != row.holder.create_revision)
            continue;
        row.hold = old.hold;
        row.ttl = old.ttl;
        if (old.has_value && old.holder.mod_revision == row.holder.mod_revision)
            row.set_value(old.holder.value);
    }
}

}  // namespace leasehold::cli
