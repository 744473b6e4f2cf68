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
    transaction put_if_absent;
    put_if_absent.when.push_back(compare::create_revision(place.key) == 0);
    put_if_absent.then.emplace_back(put_own(place, value));
    put_if_absent.otherwise.emplace_back(look_own(place));

    transaction t;
    t.when.push_back(queue_is_empty(place));
    t.then.emplace_back(put_own(place, value));
    t.otherwise.emplace_back(std::move(put_if_absent));
    t.otherwise.emplace_back(range_of(place, get_request::order::newest_first, 2));
    return t;
}

queue_position read_enqueue(const lock_place& place, const transaction_result& result)
{
    queue_position p;
    if (result.succeeded) {
        p.own = result.revision;
        p.known = true;
    } else if (const auto* inner = result.results.empty()
                                       ? nullptr
                                       : std::get_if<transaction_result>(&result.results[0].result)) {
        if (!inner->succeeded) {
            // An earlier attempt, whose answer was lost, had put it there: its predecessor is still to be
            // read.
            if (const auto* own = as_get(*inner, 0))
                p = read_look_own(*own);
        } else if (const auto* newest = as_get(result, 1)) {
            p = read_newest(place, result.revision, *newest);
            p.ahead = newest->count > 0 ? static_cast<std::size_t>(newest->count) - 1 : 0;
        }
    }
    p.store_revision = result.revision;
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

get_request look_own(const lock_place& place)
{
    get_request r;
    r.key = place.key;
    r.keys_only = true;
    return r;
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

}  // namespace leasehold::core
