// SPDX-License-Identifier: Apache-2.0
#include <core/name_view.hpp>

#include <cstddef>
#include <utility>

namespace leasehold::core {

void name_view::table::put(const name_scope& scope, key_value kv)
{
    if (const auto known = keys.find(kv.key); known != keys.end()) {
        if (known->second.create_revision == kv.create_revision) {
            known->second = std::move(kv);
            return;
        }
        remove(scope, kv.key);
    }
    const auto created = kv.create_revision;
    auto key = kv.key;
    const auto placed = keys.emplace(std::move(key), std::move(kv)).first;
    const std::string_view stored = placed->first;
    scope.for_each_name(stored, [&](std::string_view name) {
        auto found = names.find(name);
        if (found == names.end())
            found = names.emplace(std::string{name}, entry{}).first;
        found->second.queue.emplace(created, stored);
    });
}

void name_view::table::remove(const name_scope& scope, std::string_view key)
{
    const auto known = keys.find(key);
    if (known == keys.end())
        return;
    scope.for_each_name(key, [&](std::string_view name) {
        if (const auto found = names.find(name); found != names.end())
            found->second.queue.erase({known->second.create_revision, known->first});
    });
    keys.erase(known);
}

void name_view::tell(names::iterator name, revision at)
{
    auto& e = name->second;
    name_state state;
    state.name = name->first;
    state.revision = at;
    revision modified = 0;
    // Behind the key of a nested name nobody owns this one, whoever waits.
    if (!e.queue.empty() && scope_.is_own(name->first, e.queue.begin()->second)) {
        const auto& owner = current_.keys.find(e.queue.begin()->second)->second;
        state.value = owner.value;
        state.lease = owner.lease;
        state.create_revision = owner.create_revision;
        modified = owner.mod_revision;
    }
    const bool changed = state.create_revision != e.told_created || modified != e.told_modified;
    e.told_created = state.create_revision;
    e.told_modified = modified;
    if (e.queue.empty())
        current_.names.erase(name);
    if (changed)
        changes_.push_back(std::move(state));
}

void name_view::end_reading(revision at)
{
    // What has been told of names that are there no more is to be taken back.
    for (const auto& [name, before] : current_.names) {
        auto& now = reading_.names[name];
        now.told_created = before.told_created;
        now.told_modified = before.told_modified;
    }
    current_ = std::exchange(reading_, {});
    at_ = at;

    const auto told_before = changes_.size();
    for (auto name = current_.names.begin(); name != current_.names.end();)
        tell(name++, at);
    const bool first = !std::exchange(read_once_, true);
    if (first && scope_.is_one_name() && changes_.size() == told_before) {
        auto& nobody = changes_.emplace_back();
        nobody.name = scope_.text();
        nobody.revision = at;
    }
}

void name_view::apply(std::vector<watch_event> events)
{
    std::set<std::string, std::less<>> touched;
    for (std::size_t i = 0; i < events.size(); ++i) {
        auto& e = events[i];
        const auto at = e.kv.mod_revision;
        if (at <= at_)
            continue;
        scope_.for_each_name(e.kv.key, [&](std::string_view name) { touched.emplace(name); });
        if (e.removed)
            current_.remove(scope_, e.kv.key);
        else
            current_.put(scope_, std::move(e.kv));
        if (i + 1 < events.size() && events[i + 1].kv.mod_revision == at)
            continue;
        at_ = at;
        for (const auto& name : std::exchange(touched, {}))
            if (const auto found = current_.names.find(name); found != current_.names.end())
                tell(found, at);
    }
}

}  // namespace leasehold::core
