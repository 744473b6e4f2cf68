// SPDX-License-Identifier: Apache-2.0
#include "looking.hpp"

#include "concurrently.hpp"

#include <view/lock_table.hpp>
#include <view/paging.hpp>
#include <view/queue_key.hpp>
#include <view/text.hpp>

#include <leasehold/diagnostics.hpp>
#include <leasehold/errc.hpp>

#include <algorithm>
#include <functional>
#include <span>
#include <utility>
#include <variant>

namespace leasehold::cli {

namespace {

constexpr std::size_t together = 32;        // keys whose values one request asks for: up to 1.5 MB each
constexpr std::size_t groups_at_once = 8;   // such requests
constexpr std::size_t leases_at_once = 64;  // requests for a lease
constexpr int looks = 3;                    // how often a look may be overtaken by a compaction
constexpr std::int64_t oldest_few = 16;     // keys of a queue, of which the holder's is the first as a rule

get_request oldest_first(const std::string& name, revision at, std::int64_t limit)
{
    get_request r;
    r.key = name + '/';
    r.range_end = prefix_end(r.key);
    r.limit = limit;
    r.sort = get_request::order::oldest_first;
    r.at_revision = at;
    return r;
}

asio::awaitable<get_result> read(client c, get_request r)
{
    auto reading = c.get(std::move(r), with_diagnostics());
    co_return co_await std::move(reading);
}

/// Every key that begins with `prefix`, without values.
/// \return the revision at which they all were there.
asio::awaitable<revision> read_keys(client c, std::string prefix, std::function<void(key_value)> take)
{
    get_request r;
    r.key = prefix;
    r.range_end = prefix_end(std::move(prefix));
    r.limit = first_page;
    r.keys_only = true;
    for (;;) {
        auto reading = read(c, r);
        get_result result = co_await std::move(reading);
        if (r.at_revision == 0)
            r.at_revision = result.revision;
        if (result.more && !result.items.empty())
            r.key = result.items.back().key + '\0';
        std::size_t bytes = 0;
        for (key_value& kv : result.items) {
            bytes += kv.key.size();
            take(std::move(kv));
        }
        if (!result.more)
            co_return r.at_revision;
        r.limit = next_page(r.limit, bytes);
    }
}

/// \pre The key was there at that revision.
asio::awaitable<std::string> read_value(client c, std::string key, revision at)
{
    get_request r;
    r.key = std::move(key);
    r.at_revision = at;
    auto reading = read(std::move(c), std::move(r));
    get_result result = co_await std::move(reading);
    co_return result.items.empty() ? std::string{} : std::move(result.items.front().value);
}

template <class T>
asio::awaitable<T> despite_compaction(std::function<asio::awaitable<T>()> look)
{
    for (int left = looks;; --left) {
        try {
            auto looking = look();
            co_return co_await std::move(looking);
        } catch (const boost::system::system_error& e) {
            if (e.code() != errc::compacted || left == 1)
                throw;
        }
    }
}

/// Each found, or not found as it was any more.
using found_values = std::vector<std::optional<key_value>>;

/// Asks for several keys in one request. For the present: etcd's servers do not survive a transaction that
/// reads a revision which is compacted at the same moment (etcd issue 18667).
/// \return nothing for a key that was deleted since, and perhaps created anew; nothing for all of them when
/// etcd does not take so large a transaction, or its answer was lost: a transaction is not repeated.
asio::awaitable<found_values> read_together(client c, std::span<key_value* const> entries)
{
    transaction t;
    for (const key_value* entry : entries) {
        get_request r;
        r.key = entry->key;
        t.then.emplace_back(std::move(r));
    }
    found_values found(entries.size());
    try {
        auto reading = c.txn(std::move(t), with_diagnostics());
        transaction_result result = co_await std::move(reading);
        for (std::size_t i = 0; i < result.results.size(); ++i) {
            auto& items = std::get<get_result>(result.results[i].result).items;
            if (!items.empty() && items.front().create_revision == entries[i]->create_revision)
                found[i] = std::move(items.front());
        }
    } catch (const boost::system::system_error& e) {
        if (e.code() != errc::outcome_unknown && e.code() != errc::invalid_request)
            throw;
    }
    co_return found;
}

/// Fills in the values of keys that were there at a revision: as of then, or later.
asio::awaitable<void> fill_some(client c, std::span<key_value* const> entries, revision at)
{
    auto reading = read_together(c, entries);
    found_values found = co_await std::move(reading);
    for (std::size_t i = 0; i < entries.size(); ++i) {
        if (found[i]) {
            *entries[i] = *std::move(found[i]);
            continue;
        }
        auto alone = read_value(c, entries[i]->key, at);
        entries[i]->value = co_await std::move(alone);
    }
}

asio::awaitable<void> fill_values(client c, std::vector<key_value*> entries, revision at)
{
    const std::size_t groups = (entries.size() + together - 1) / together;
    auto filling = concurrently(groups, groups_at_once, [&](std::size_t i) {
        const std::size_t first = i * together;
        const std::size_t count = std::min(together, entries.size() - first);
        return fill_some(c, std::span<key_value* const>{entries}.subspan(first, count), at);
    });
    co_await std::move(filling);
}

asio::awaitable<lock_listing> look_at_locks(client c, std::string prefix, const std::vector<lock_row>* known)
{
    const auto start = std::chrono::steady_clock::now();
    lock_listing listing;
    lock_table table{prefix};
    auto keys = read_keys(c, std::move(prefix), [&table](key_value kv) { table.add(std::move(kv)); });
    listing.at = co_await std::move(keys);
    listing.rows = table.take();
    keep_details(*known, listing.rows);

    std::vector<key_value*> lacking;
    for (lock_row& row : listing.rows) {
        if (!row.has_value)
            lacking.push_back(&row.holder);
    }
    auto values = fill_values(std::move(c), std::move(lacking), listing.at);
    co_await std::move(values);
    for (lock_row& row : listing.rows) {
        if (!row.has_value)
            row.set_value(std::move(row.holder.value));
    }
    listing.took =
        std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start);
    co_return listing;
}

asio::awaitable<std::vector<std::string>> look_at_names(client c, std::string prefix)
{
    lock_table table{prefix};
    auto keys =
        read_keys(std::move(c), std::move(prefix), [&table](key_value kv) { table.add(std::move(kv)); });
    co_await std::move(keys);
    std::vector<std::string> names;
    for (lock_row& row : table.take())
        names.push_back(std::move(row.name));
    co_return names;
}

asio::awaitable<std::vector<key_value>> look_at_queue(client c, std::string name)
{
    std::vector<key_value> queue;
    auto keys = read_keys(c, name + '/', [&queue](key_value kv) { queue.push_back(std::move(kv)); });
    const revision at = co_await std::move(keys);
    std::ranges::sort(queue, {}, &key_value::create_revision);
    std::vector<key_value*> all;
    for (key_value& entry : queue)
        all.push_back(&entry);
    auto values = fill_values(std::move(c), std::move(all), at);
    co_await std::move(values);
    co_return queue;
}

using ttl_map = std::unordered_map<lease_id, std::chrono::seconds>;

asio::awaitable<void> ask_for_lease(client c, lease_id lease, ttl_map* left)
{
    try {
        auto asking = c.lease_time_to_live(lease, with_diagnostics());
        const lease_info info = co_await std::move(asking);
        left->emplace(lease, info.ttl);
    } catch (const boost::system::system_error& e) {
        if (e.code() != errc::lease_not_found)
            throw;
    }
}

}  // namespace

asio::awaitable<holding> find_holder(client c, std::string name, revision at)
{
    auto reading = read(std::move(c), oldest_first(name, at, 1));
    get_result result = co_await std::move(reading);
    holding found;
    found.at = at != 0 ? at : result.revision;
    if (!result.items.empty())
        found.holder = std::move(result.items.front());
    co_return found;
}

asio::awaitable<holding> find_proper_holder(client c, std::string name, revision at)
{
    holding found;
    found.at = at;
    const auto is_of_lock = [&name](const key_value& kv) { return lock_of(kv) == name; };
    auto few = read(c, oldest_first(name, at, oldest_few));
    get_result result = co_await std::move(few);
    auto it = std::ranges::find_if(result.items, is_of_lock);
    if (it == result.items.end() && result.more) {
        get_request all = oldest_first(name, at, 0);
        all.keys_only = true;
        auto rest = read(c, std::move(all));
        result = co_await std::move(rest);
        it = std::ranges::find_if(result.items, is_of_lock);
        if (it != result.items.end()) {
            auto value = read_value(c, it->key, at);
            it->value = co_await std::move(value);
        }
    }
    if (it != result.items.end())
        found.holder = std::move(*it);
    co_return found;
}

std::string listing_of(const std::string& prefix)
{
    return prefix.empty() ? "list the locks" : "list the locks under " + quote(prefix);
}

asio::awaitable<lock_listing> find_locks(client c, std::string prefix, std::vector<lock_row> known)
{
    auto looking = despite_compaction<lock_listing>([&] { return look_at_locks(c, prefix, &known); });
    co_return co_await std::move(looking);
}

asio::awaitable<std::vector<std::string>> find_names(client c, std::string prefix)
{
    auto looking = despite_compaction<std::vector<std::string>>([&] { return look_at_names(c, prefix); });
    co_return co_await std::move(looking);
}

asio::awaitable<std::vector<key_value>> find_queue(client c, std::string name)
{
    auto looking = despite_compaction<std::vector<key_value>>([&] { return look_at_queue(c, name); });
    co_return co_await std::move(looking);
}

asio::awaitable<ttl_map> find_ttls(client c, std::vector<lease_id> leases)
{
    // One session may hold thousands of locks.
    std::ranges::sort(leases);
    const auto repeated = std::ranges::unique(leases);
    leases.erase(repeated.begin(), repeated.end());

    ttl_map left;
    auto asking = concurrently(leases.size(), leases_at_once,
                               [&](std::size_t i) { return ask_for_lease(c, leases[i], &left); });
    co_await std::move(asking);
    co_return left;
}

}  // namespace leasehold::cli
