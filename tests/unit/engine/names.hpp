// SPDX-License-Identifier: Apache-2.0
// What tests of lockers have in common: claims in words, and what names went through according to the store.
#pragma once

#include "../core/directory.hpp"
#include "world.hpp"

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace leasehold::test {

/// "owned", "waits", or what came in the way.
inline std::string word(const ownership_change& c)
{
    if (!c.why)
        return c.owned ? "owned" : "waits";
    const std::string why = c.why == errc::key_deleted       ? "key deleted"
                            : c.why == errc::session_lost    ? "session lost"
                            : c.why == errc::unreachable     ? "unreachable"
                            : c.why == errc::invalid_request ? "refused"
                            : c.why == errc::not_held        ? "released"
                                                             : c.why.message();
    return c.owned ? "owned, " + why : why;
}

/// Every name's states, from the store's own history.
class name_truth {
public:
    name_truth(const world& w, std::string folder, std::vector<std::string> names)
        : world_{w}, folder_{std::move(folder)}, names_{std::move(names)}
    {
        take();
    }

    /// To be called before history is compacted.
    void take()
    {
        const auto& h = world_.etcd.store().history();
        const auto changes = h.changes(directory_.now + 1, h.current());
        for (std::size_t i = 0; i < changes.size(); ++i) {
            const auto& e = changes[i];
            directory_.now = e.kv.mod_revision;
            if (e.removed)
                directory_.keys.erase(e.kv.key);
            else
                directory_.keys[e.kv.key] = e.kv;
            if (i + 1 == changes.size() || changes[i + 1].kv.mod_revision != e.kv.mod_revision)
                look();
        }
        directory_.now = h.current();
    }

    const std::vector<std::string>& names() const noexcept { return names_; }

    /// As a reading at that revision finds it.
    name_state at(const std::string& name, revision when) const
    {
        name_state s;
        s.name = name;
        if (const auto known = history_.find(name); known != history_.end())
            for (const auto& past : known->second)
                if (past.revision <= when)
                    s = past;
        s.revision = when;
        return s;
    }

    /// What follows a reading at that revision.
    std::vector<name_state> after(const std::string& name, revision when) const
    {
        std::vector<name_state> later;
        if (const auto known = history_.find(name); known != history_.end())
            for (const auto& s : known->second)
                if (s.revision > when)
                    later.push_back(s);
        return later;
    }

private:
    void look()
    {
        for (const auto& name : names_) {
            const auto* key = directory_.owners_key(folder_, name);
            const auto now = key ? std::pair{key->create_revision, key->mod_revision}
                                 : std::pair{revision{0}, revision{0}};
            if (std::exchange(seen_[name], now) != now)
                history_[name].push_back(directory_.owner(folder_, name));
        }
    }

    const world& world_;
    std::string folder_;
    std::vector<std::string> names_;
    directory directory_;
    std::map<std::string, std::pair<revision, revision>> seen_;
    std::map<std::string, std::vector<name_state>> history_;
};

template <class Stream>
auto must_next(world& w, Stream& from)
{
    auto op = w.next(from);
    BOOST_TEST_REQUIRE(w.finish(op, 120s), "next() never ended");
    BOOST_TEST_REQUIRE(!op.ec(), op.ec().message() << ": " << op.text());
    return std::move(op.value());
}

}  // namespace leasehold::test
