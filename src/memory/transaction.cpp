// SPDX-License-Identifier: Apache-2.0
// etcd's rules for transactions: server/etcdserver/api/v3rpc/key.go (what is refused beforehand) and
// server/etcdserver/txn (how the rest is done).
#include <memory/store.hpp>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <variant>

namespace leasehold::memory {

namespace {

// etcd's --max-txn-ops.
constexpr std::size_t most_operations = 128;

core::status check_size(const transaction& t, std::size_t budget);

core::status check_sizes(const std::vector<operation>& list, std::size_t budget)
{
    for (const auto& o : list) {
        core::status bad;
        if (const auto* nested = std::get_if<transaction>(&o.request))
            bad = check_size(*nested, budget);
        else if (std::visit(
                     [](const auto& r) {
                         if constexpr (requires { r.key; })
                             return r.key.empty();
                         else
                             return false;
                     },
                     o.request))
            bad = refusal::empty_key();
        if (!bad.ok())
            return bad;
    }
    return {};
}

// A child gets what its parent's own operations leave; its siblings do not count.
core::status check_size(const transaction& t, std::size_t budget)
{
    const auto most = std::max({t.when.size(), t.then.size(), t.otherwise.size()});
    if (most > budget)
        return refusal::too_many_operations();
    for (const auto& c : t.when)
        if (c.key.empty())
            return refusal::empty_key();
    auto bad = check_sizes(t.then, budget - most);
    return bad.ok() ? check_sizes(t.otherwise, budget - most) : bad;
}

/// What a list of operations changes, to find keys that are changed twice: etcd's checkIntervals.
struct changes {
    std::set<std::string> puts;
    std::vector<remove_request> removes;

    bool removed(const std::string& key) const
    {
        for (const auto& r : removes)
            if (in_range(key, r.key, r.range_end))
                return true;
        return false;
    }
};

bool collect(const std::vector<operation>& list, changes& to)
{
    for (const auto& o : list)
        if (const auto* r = std::get_if<remove_request>(&o.request))
            to.removes.push_back(*r);
    for (const auto& o : list) {
        const auto* nested = std::get_if<transaction>(&o.request);
        if (nested == nullptr)
            continue;
        changes then;
        changes otherwise;
        if (!collect(nested->then, then) || !collect(nested->otherwise, otherwise))
            return false;
        for (const auto& key : then.puts)
            if (to.removed(key) || !to.puts.insert(key).second)
                return false;
        // Only one of a child's branches is taken.
        for (const auto& key : otherwise.puts)
            if (to.removed(key) || (!to.puts.insert(key).second && !then.puts.contains(key)))
                return false;
        to.removes.insert(to.removes.end(), then.removes.begin(), then.removes.end());
        to.removes.insert(to.removes.end(), otherwise.removes.begin(), otherwise.removes.end());
    }
    for (const auto& o : list)
        if (const auto* r = std::get_if<put_request>(&o.request))
            if (to.removed(r->key) || !to.puts.insert(r->key).second)
                return false;
    return true;
}

template <class T>
bool holds(const T& left, compare::relation how, const T& right)
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

bool holds(const compare& c, const key_value& kv)
{
    switch (c.what) {
    case compare::field::create_revision:
        return holds(kv.create_revision, c.how, c.number);
    case compare::field::mod_revision:
        return holds(kv.mod_revision, c.how, c.number);
    case compare::field::version:
        return holds(kv.version, c.how, c.number);
    case compare::field::lease:
        return holds(kv.lease, c.how, c.number);
    case compare::field::value:
        return holds(kv.value, c.how, c.value);
    }
    return false;
}

}  // namespace

/// One transaction on its way through a store.
class transaction_run {
public:
    explicit transaction_run(store& s) : store_{s} {}

    // Every compare, nested ones too, is decided on the state before the first change.
    void decide(const transaction& t)
    {
        bool taken = true;
        for (const auto& c : t.when)
            taken = taken && holds_for_all(c);
        decisions_[&t] = taken;
        for (const auto& o : taken ? t.then : t.otherwise)
            if (const auto* nested = std::get_if<transaction>(&o.request))
                decide(*nested);
    }

    core::status check(const transaction& t) const
    {
        for (const auto& o : branch(t)) {
            core::status bad;
            if (const auto* read = std::get_if<get_request>(&o.request))
                bad = store_.check_read(*read);
            else if (const auto* put = std::get_if<put_request>(&o.request))
                bad = store_.check_write(*put);
            else if (const auto* nested = std::get_if<transaction>(&o.request))
                bad = check(*nested);
            if (!bad.ok())
                return bad;
        }
        return {};
    }

    transaction_result apply(const transaction& t)
    {
        transaction_result result;
        result.succeeded = decisions_.at(&t);
        for (const auto& o : branch(t))
            result.results.push_back(std::visit([this](const auto& r) { return apply_one(r); }, o.request));
        return result;
    }

private:
    const std::vector<operation>& branch(const transaction& t) const
    {
        return decisions_.at(&t) ? t.then : t.otherwise;
    }

    bool holds_for_all(const compare& c) const
    {
        bool any = false;
        bool all = true;
        const auto& h = store_.history_;
        h.for_each(c.key, c.range_end, h.current(), [&](const key_value& kv) {
            any = true;
            all = all && holds(c, kv);
        });
        if (any)
            return all;
        return c.what != compare::field::value && holds(c, key_value{});
    }

    operation_result apply_one(const get_request& r) { return {store_.read(r)}; }
    operation_result apply_one(const put_request& r)
    {
        store_.write(r);
        return {put_result{}};
    }
    operation_result apply_one(const remove_request& r) { return {remove_result{store_.erase(r), 0}}; }
    operation_result apply_one(const transaction& r) { return {apply(r)}; }

    store& store_;
    std::map<const transaction*, bool> decisions_;
};

reply<transaction_result> store::txn(const transaction& r)
{
    if (auto bad = check_size(r, most_operations); !bad.ok())
        return {std::move(bad), {}};
    for (const auto* branch : {&r.then, &r.otherwise}) {
        changes found;
        if (!collect(*branch, found))
            return {refusal::duplicate_key(), {}};
    }
    transaction_run run{*this};
    run.decide(r);
    if (auto bad = run.check(r); !bad.ok())
        return {std::move(bad), {}};
    history_.begin();
    auto result = run.apply(r);
    result.revision = history_.current();
    return {{}, std::move(result)};
}

}  // namespace leasehold::memory
