// SPDX-License-Identifier: Apache-2.0
// The part of etcd's key space that the lock protocol stands on, in a few lines: revisions, transactions with
// nested ones, reads in the order of creation, leases, and the history that watches deliver.
#pragma once

#include <leasehold/kv.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace leasehold::test {

class store {
public:
    struct change {
        std::string key;
        bool removed;
        revision create_revision;
        revision at;
    };

    revision now() const { return revision_; }
    const std::map<std::string, key_value>& keys() const { return keys_; }
    const std::vector<change>& history() const { return history_; }

    void grant(lease_id lease) { leases_.insert(lease); }

    void revoke(lease_id lease)
    {
        leases_.erase(lease);
        bool changed = false;
        for (auto it = keys_.begin(); it != keys_.end();)
            if (it->second.lease == lease)
                it = erase(it, changed);
            else
                ++it;
        revision_ += changed;
    }

    /// Nothing: it names a lease that does not exist.
    std::optional<transaction_result> apply(const transaction& t)
    {
        const auto before = keys_;
        if (!leases_exist(t, before))
            return std::nullopt;
        bool changed = false;
        auto result = run(t, before, changed);
        revision_ += changed;
        result.revision = revision_;
        return result;
    }

    get_result get(const get_request& r) const
    {
        auto result = read(r);
        result.revision = revision_;
        return result;
    }

    void put(std::string key, std::string value, lease_id lease)
    {
        grant(lease);
        transaction t;
        t.then.emplace_back(put_request{std::move(key), std::move(value), lease});
        apply(t);
    }

    void remove(std::string key)
    {
        transaction t;
        t.then.emplace_back(remove_request{std::move(key), {}});
        apply(t);
    }

private:
    using contents = std::map<std::string, key_value>;

    static std::pair<contents::const_iterator, contents::const_iterator> range(const contents& in,
                                                                               const std::string& key,
                                                                               const std::string& end)
    {
        const auto first = in.lower_bound(key);
        if (end.empty())
            return {first, first != in.end() && first->first == key ? std::next(first) : first};
        return {first, end == std::string(1, '\0') ? in.end() : in.lower_bound(end)};
    }

    static std::int64_t number_of(const key_value& kv, compare::field what)
    {
        switch (what) {
        case compare::field::create_revision:
            return kv.create_revision;
        case compare::field::mod_revision:
            return kv.mod_revision;
        case compare::field::version:
            return kv.version;
        case compare::field::lease:
            return kv.lease;
        case compare::field::value:
            break;
        }
        return 0;
    }

    template <class T>
    static bool relate(const T& left, compare::relation how, const T& right)
    {
        switch (how) {
        case compare::relation::equal:
            return left == right;
        case compare::relation::not_equal:
            return left != right;
        case compare::relation::greater:
            return left > right;
        case compare::relation::less:
            return left < right;
        }
        return false;
    }

    static bool holds(const compare& c, const key_value& kv)
    {
        return c.what == compare::field::value ? kv.create_revision != 0 && relate(kv.value, c.how, c.value)
                                               : relate(number_of(kv, c.what), c.how, c.number);
    }

    static bool holds(const transaction& t, const contents& before)
    {
        return std::all_of(t.when.begin(), t.when.end(), [&](const compare& c) {
            const auto [first, last] = range(before, c.key, c.range_end);
            return first == last
                       ? holds(c, key_value{})
                       : std::all_of(first, last, [&](const auto& e) { return holds(c, e.second); });
        });
    }

    bool leases_exist(const transaction& t, const contents& before) const
    {
        const auto& branch = holds(t, before) ? t.then : t.otherwise;
        return std::all_of(branch.begin(), branch.end(), [&](const operation& o) {
            if (const auto* put = std::get_if<put_request>(&o.request))
                return put->lease == 0 || leases_.contains(put->lease);
            if (const auto* nested = std::get_if<transaction>(&o.request))
                return leases_exist(*nested, before);
            return true;
        });
    }

    transaction_result run(const transaction& t, const contents& before, bool& changed)
    {
        transaction_result result;
        result.succeeded = holds(t, before);
        for (const auto& o : result.succeeded ? t.then : t.otherwise)
            std::visit([&](const auto& r) { result.results.push_back({run(r, before, changed)}); },
                       o.request);
        return result;
    }

    get_result run(const get_request& r, const contents&, bool&) const { return read(r); }

    put_result run(const put_request& r, const contents&, bool& changed)
    {
        changed = true;
        auto& kv = keys_[r.key];
        kv.key = r.key;
        kv.value = r.value;
        kv.lease = r.lease;
        kv.mod_revision = revision_ + 1;
        if (++kv.version == 1)
            kv.create_revision = revision_ + 1;
        history_.push_back({r.key, false, kv.create_revision, kv.mod_revision});
        return {};
    }

    remove_result run(const remove_request& r, const contents&, bool& changed)
    {
        remove_result result;
        const auto [first, last] = range(keys_, r.key, r.range_end);
        for (auto it = first; it != last; ++result.removed)
            it = erase(it, changed);
        return result;
    }

    contents::iterator erase(contents::const_iterator it, bool& changed)
    {
        changed = true;
        history_.push_back({it->first, true, it->second.create_revision, revision_ + 1});
        return keys_.erase(it);
    }

    get_result read(const get_request& r) const
    {
        get_result result;
        const auto [first, last] = range(keys_, r.key, r.range_end);
        result.count = std::distance(first, last);
        for (auto it = first; it != last && !r.count_only; ++it)
            if (r.max_create_revision == 0 || it->second.create_revision <= r.max_create_revision)
                result.items.push_back(it->second);
        if (r.sort != get_request::order::by_key)
            std::sort(result.items.begin(), result.items.end(), [&](const key_value& a, const key_value& b) {
                return r.sort == get_request::order::oldest_first ? a.create_revision < b.create_revision
                                                                  : a.create_revision > b.create_revision;
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

    revision revision_ = 1;
    contents keys_;
    std::set<lease_id> leases_;
    std::vector<change> history_;
};

}  // namespace leasehold::test
