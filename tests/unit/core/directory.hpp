// SPDX-License-Identifier: Apache-2.0
// A directory of keys with a history, and who owns which name in it by the letter of the definition.
#pragma once

#include <core/messages.hpp>

#include <leasehold/kv.hpp>
#include <leasehold/name_state.hpp>

#include <algorithm>
#include <map>
#include <ostream>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace leasehold {

inline std::ostream& operator<<(std::ostream& out, const name_state& s)
{
    out << s.name << '@' << s.revision << ':';
    return s.value ? out << *s.value : out << "nobody";
}

}  // namespace leasehold

namespace leasehold::test {

class directory {
public:
    std::map<std::string, key_value> keys;
    revision now = 1;

    /// What is changed from here to the next call is one revision.
    void begin()
    {
        ++now;
        written_.clear();
    }

    void put(const std::string& key, const std::string& value, lease_id lease = 0)
    {
        if (!written_.insert(key).second)
            return;
        auto& kv = keys[key];
        if (kv.create_revision == 0)
            kv.create_revision = now;
        kv.key = key;
        kv.value = value;
        kv.mod_revision = now;
        kv.lease = lease;
        core::watch_event e;
        e.kv = kv;
        log.push_back(std::move(e));
    }

    void remove(const std::string& key)
    {
        if (!keys.contains(key) || !written_.insert(key).second)
            return;
        keys.erase(key);
        core::watch_event e;
        e.removed = true;
        e.kv.key = key;
        e.kv.mod_revision = now;
        log.push_back(std::move(e));
    }

    std::vector<core::watch_event> log;

    /// The oldest key under FOLDER NAME `/`, unless there is another slash in it.
    const key_value* owners_key(const std::string& folder, const std::string& name) const
    {
        const auto prefix = folder + name + "/";
        const key_value* oldest = nullptr;
        for (const auto& [key, kv] : keys)
            if (key.starts_with(prefix) && (!oldest || kv.create_revision < oldest->create_revision))
                oldest = &kv;
        return oldest && oldest->key.find('/', prefix.size()) == std::string::npos ? oldest : nullptr;
    }

    name_state owner(const std::string& folder, const std::string& name) const
    {
        name_state s;
        s.name = name;
        s.revision = now;
        if (const auto* key = owners_key(folder, name)) {
            s.value = key->value;
            s.lease = key->lease;
            s.create_revision = key->create_revision;
        }
        return s;
    }

private:
    std::set<std::string> written_;
};

}  // namespace leasehold::test
