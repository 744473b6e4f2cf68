// SPDX-License-Identifier: Apache-2.0
#include <view/holders.hpp>
#include <view/queue_key.hpp>

#include <utility>

namespace leasehold::cli {

holders holders::of_lock(std::string name)
{
    return holders{true, std::move(name)};
}

holders holders::of_locks(std::string prefix)
{
    return holders{false, std::move(prefix)};
}

std::vector<holders::change> holders::on_look(std::map<std::string, key_value> held, revision at)
{
    std::vector<change> changes;
    for (const auto& [name, before] : held_) {
        if (!held.contains(name))
            changes.push_back({name, std::nullopt, at});
    }
    for (const auto& [name, now] : held) {
        const auto before = held_.find(name);
        const bool same = before != held_.end() && before->second.key == now.key &&
                          before->second.create_revision == now.create_revision &&
                          before->second.value == now.value;
        if (!same)
            changes.push_back({name, now, at});
    }
    if (one_ && !looked_ && held.empty())
        changes.push_back({scope_, std::nullopt, at});
    looked_ = true;
    held_ = std::move(held);
    return changes;
}

holders::step holders::on_put(const key_value& kv)
{
    if (!one_ && !lock_of(kv))
        return std::monostate{};
    const auto name = name_of(kv.key);
    if (!name)
        return std::monostate{};

    const auto [it, was_free] = held_.try_emplace(*name, kv);
    if (was_free)
        return change{*name, kv, kv.mod_revision};
    key_value& holder = it->second;
    if (holder.key != kv.key || holder.mod_revision >= kv.mod_revision)
        return std::monostate{};
    const bool changed = holder.value != kv.value;
    holder = kv;
    return changed ? step{change{*name, kv, kv.mod_revision}} : step{};
}

holders::step holders::on_removed(std::string_view key, revision at)
{
    const auto name = name_of(key);
    if (!name)
        return std::monostate{};
    const auto it = held_.find(*name);
    if (it == held_.end() || it->second.key != key)
        return std::monostate{};
    return question{*name, at};
}

holders::change holders::on_answer(const question& asked, std::optional<key_value> holder)
{
    if (holder)
        held_.insert_or_assign(asked.name, *holder);
    else
        held_.erase(asked.name);
    return {asked.name, std::move(holder), asked.at};
}

std::optional<std::string> holders::name_of(std::string_view key) const
{
    if (one_) {
        const bool ours = key.size() > scope_.size() && key.starts_with(scope_) && key[scope_.size()] == '/';
        return ours ? std::optional{scope_} : std::nullopt;
    }
    const auto parsed = parse_queue_key(key);
    if (!parsed || !parsed->name.starts_with(scope_))
        return std::nullopt;
    return std::string{parsed->name};
}

}  // namespace leasehold::cli
