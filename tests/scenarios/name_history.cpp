// SPDX-License-Identifier: Apache-2.0
#include "name_history.hpp"

namespace leasehold::test {

void name_history::take(const watch_event& e)
{
    if (e.kv.mod_revision != now_)
        look();
    now_ = e.kv.mod_revision;
    const auto path = e.kv.key.substr(directory_.size());
    if (const auto slash = path.rfind('/'); slash != std::string::npos)
        touched_.push_back(path.substr(0, slash));
    if (e.what == watch_event::kind::removed)
        keys_.erase(e.kv.key);
    else
        keys_[e.kv.key] = e.kv;
}

void name_history::look()
{
    for (const auto& name : std::exchange(touched_, {})) {
        const auto prefix = directory_ + name + "/";
        const key_value* owner = nullptr;
        for (auto key = keys_.lower_bound(prefix); key != keys_.end() && key->first.starts_with(prefix);
             ++key)
            if (!owner || key->second.create_revision < owner->create_revision)
                owner = &key->second;
        const std::pair now{owner ? owner->create_revision : 0, owner ? owner->mod_revision : 0};
        if (std::exchange(last_[name], now) == now)
            continue;
        auto& state = past_[name].emplace_back();
        state.name = name;
        state.revision = now_;
        if (!owner)
            continue;
        state.value = owner->value;
        state.lease = owner->lease;
        state.create_revision = owner->create_revision;
    }
}

name_state name_history::at(const std::string& name, revision when) const
{
    name_state state;
    state.name = name;
    if (const auto known = past_.find(name); known != past_.end())
        for (const auto& s : known->second)
            if (s.revision <= when)
                state = s;
    state.revision = when;
    return state;
}

std::vector<name_state> name_history::after(const std::string& name, revision when) const
{
    std::vector<name_state> later;
    if (const auto known = past_.find(name); known != past_.end())
        for (const auto& s : known->second)
            if (s.revision > when)
                later.push_back(s);
    return later;
}

revision name_history::last_change(const std::string& name) const
{
    const auto known = past_.find(name);
    return known == past_.end() ? 0 : known->second.back().revision;
}

std::size_t name_history::changes() const
{
    std::size_t all = 0;
    for (const auto& [name, past] : past_)
        all += past.size();
    return all;
}

}  // namespace leasehold::test
