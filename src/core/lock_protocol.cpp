// SPDX-License-Identifier: Apache-2.0
#include <core/key_layout.hpp>
#include <core/lock_protocol.hpp>

#include <utility>

namespace leasehold::core {

namespace {

get_request range_of(const lock_place& place, get_request::order sort, std::int64_t limit)
{
    get_request r;
    r.key = place.prefix();
    r.range_end = place.prefix_end();
    r.sort = sort;
    r.limit = limit;
    r.keys_only = true;
    return r;
}

get_request key_alone(const std::string& key)
{
    get_request r;
    r.key = key;
    r.keys_only = true;
    return r;
}

compare queue_is_empty(const lock_place& place)
{
    return compare::create_revision(std::string{place.prefix()}, place.prefix_end()) == 0;
}

put_request put_own(const lock_place& place, const std::string& value)
{
    return {place.key, value, place.lease};
}

const get_result* as_get(const transaction_result& result, std::size_t i)
{
    return i < result.results.size() ? std::get_if<get_result>(&result.results[i].result) : nullptr;
}

transaction put_if_absent(const lock_place& place, const std::string& value, get_request queue)
{
    transaction t;
    t.when.push_back(compare::create_revision(place.key) == 0);
    t.then.emplace_back(put_own(place, value));
    t.then.emplace_back(std::move(queue));
    t.otherwise.emplace_back(look_own(place));
    return t;
}

// An earlier attempt, whose answer was lost, had put the key there: what is before it is still to be read.
queue_position read_absent_or_present(const transaction_result& result)
{
    queue_position p;
    if (result.succeeded)
        p.own = result.revision;
    else if (const auto* own = as_get(result, 0))
        p = read_look_own(*own);
    p.store_revision = result.revision;
    return p;
}

// Ours is one of those counted.
std::size_t others(const get_result& queue)
{
    return queue.count > 0 ? static_cast<std::size_t>(queue.count) - 1 : queue_position::uncounted;
}

// Of the newest keys up to ours, the first is ours and the second our predecessor.
queue_position read_newest(const lock_place& place, revision own, const get_result& newest)
{
    queue_position p;
    const auto& items = newest.items;
    if (items.empty() || items[0].key != place.key || items[0].create_revision != own)
        return p;
    p.own = own;
    p.known = true;
    if (items.size() > 1)
        p.predecessor = items[1].key;
    return p;
}

}  // namespace

lock_place lock_place::make(std::string_view name, lease_id lease)
{
    lock_place p;
    const auto prefix = queue_prefix(name);
    p.key = queue_key(prefix, lease);
    p.prefix_size = prefix.size();
    p.lease = lease;
    return p;
}

transaction enqueue(const lock_place& place, const std::string& value)
{
    get_request all;
    all.key = place.prefix();
    all.range_end = place.prefix_end();
    all.count_only = true;
    return put_if_absent(place, value, std::move(all));
}

queue_position read_enqueue(const transaction_result& result)
{
    auto p = read_absent_or_present(result);
    if (const auto* queue = result.succeeded ? as_get(result, 1) : nullptr) {
        p.ahead = others(*queue);
        p.known = p.ahead == 0;
    }
    return p;
}

transaction enqueue_behind(const lock_place& place, const std::string& value)
{
    return put_if_absent(place, value, range_of(place, get_request::order::newest_first, 2));
}

queue_position read_enqueue_behind(const lock_place& place, const transaction_result& result)
{
    auto p = read_absent_or_present(result);
    if (const auto* newest = result.succeeded ? as_get(result, 1) : nullptr) {
        const auto found = read_newest(place, p.own, *newest);
        p.known = found.known;
        p.predecessor = found.predecessor;
        p.ahead = others(*newest);
    }
    return p;
}

transaction try_enqueue(const lock_place& place, const std::string& value)
{
    transaction t;
    t.when.push_back(queue_is_empty(place));
    t.then.emplace_back(put_own(place, value));
    t.otherwise.emplace_back(range_of(place, get_request::order::oldest_first, 1));
    return t;
}

queue_position read_try_enqueue(const lock_place& place, const transaction_result& result)
{
    queue_position p;
    p.known = true;
    p.store_revision = result.revision;
    if (result.succeeded)
        p.own = result.revision;
    else if (const auto* oldest = as_get(result, 0))
        // Ours can only be there from an earlier attempt whose answer was lost; it is first, then.
        if (!oldest->items.empty() && oldest->items[0].key == place.key)
            p.own = oldest->items[0].create_revision;
    if (p.own != 0)
        p.ahead = 0;
    return p;
}

get_request look(const lock_place& place, revision own)
{
    auto r = range_of(place, get_request::order::newest_first, 2);
    r.max_create_revision = own;
    return r;
}

queue_position read_look(const lock_place& place, revision own, const get_result& result)
{
    auto p = read_newest(place, own, result);
    p.store_revision = result.revision;
    return p;
}

transaction look_at(const lock_place& place, const std::string& predecessor)
{
    transaction t;
    t.then.emplace_back(look_own(place));
    t.then.emplace_back(key_alone(predecessor));
    return t;
}

queue_position read_look_at(const std::string& predecessor, const transaction_result& result)
{
    auto p = read_look_own(result);
    const auto* other = as_get(result, 1);
    // One that has left and queued again is behind us.
    if (other && !other->items.empty() && other->items[0].create_revision < p.own) {
        p.known = true;
        p.predecessor = predecessor;
    }
    return p;
}

get_request look_nearby(const lock_place& place)
{
    // No order and no revisions: etcd would read the whole queue for either.
    get_request some;
    some.key = place.key;
    some.range_end = place.prefix_end();
    some.limit = 16;
    some.keys_only = true;
    return some;
}

queue_position read_look_nearby(const lock_place& place, revision own, const get_result& result)
{
    queue_position p;
    p.store_revision = result.revision;
    if (result.items.empty() || result.items[0].key != place.key)
        return p;
    p.own = result.items[0].create_revision;
    revision newest = 0;
    for (const auto& kv : result.items)
        if (kv.create_revision < own && kv.create_revision > newest) {
            newest = kv.create_revision;
            p.predecessor = kv.key;
            p.known = true;
        }
    return p;
}

get_request look_own(const lock_place& place)
{
    return key_alone(place.key);
}

queue_position read_look_own(const get_result& result)
{
    queue_position p;
    p.store_revision = result.revision;
    if (!result.items.empty())
        p.own = result.items[0].create_revision;
    return p;
}

queue_position read_look_own(const transaction_result& result)
{
    queue_position p;
    if (const auto* own = as_get(result, 0))
        p = read_look_own(*own);
    p.store_revision = result.revision;
    return p;
}

transaction leave(const lock_place& place, revision own)
{
    transaction t;
    t.when.push_back(compare::create_revision(place.key) == own);
    t.then.emplace_back(remove_request{place.key, {}});
    return t;
}

transaction to_transaction(const lock_request& r)
{
    switch (r.what) {
    case lock_request::kind::enqueue:
        return enqueue(*r.place, *r.value);
    case lock_request::kind::enqueue_behind:
        return enqueue_behind(*r.place, *r.value);
    case lock_request::kind::try_enqueue:
        return try_enqueue(*r.place, *r.value);
    case lock_request::kind::leave:
        return leave(*r.place, r.own);
    case lock_request::kind::look_own:
        break;
    }
    transaction t;
    t.then.emplace_back(look_own(*r.place));
    return t;
}

queue_position read_joined(lock_request::kind how, const lock_place& place, const transaction_result& result)
{
    if (how == lock_request::kind::try_enqueue)
        return read_try_enqueue(place, result);
    return how == lock_request::kind::enqueue_behind ? read_enqueue_behind(place, result)
                                                     : read_enqueue(result);
}

}  // namespace leasehold::core
