// SPDX-License-Identifier: Apache-2.0
// The lock protocol's transactions, written without the structs of core/lock_protocol.cpp in between, which
// would take a third of a lock's time. tests/unit/rpc holds the two together.
#include "convert.hpp"

#include <string_view>

namespace leasehold::rpc {
namespace {

namespace pb = etcdserverpb;

pb::Compare& created_at(pb::TxnRequest& to, std::string_view key, revision at)
{
    auto& c = *to.add_compare();
    c.set_key(key.data(), key.size());
    c.set_result(pb::Compare::EQUAL);
    c.set_target(pb::Compare::CREATE);
    c.set_create_revision(at);
    return c;
}

/// The end of a queue's prefix, which ends with a slash.
template <class Ranged>
void end_of_queue(Ranged& to, std::string_view prefix)
{
    auto& end = *to.mutable_range_end();
    end = prefix;
    ++end.back();
}

void queue_is_empty(pb::TxnRequest& to, const core::lock_place& place)
{
    end_of_queue(created_at(to, place.prefix(), 0), place.prefix());
}

void put_own(pb::RequestOp& to, const core::lock_request& from)
{
    auto& put = *to.mutable_request_put();
    put.set_key(from.place->key);
    put.set_value(*from.value);
    put.set_lease(from.place->lease);
}

void range_of_queue(pb::RequestOp& to, const core::lock_place& place, pb::RangeRequest::SortOrder order,
                    std::int64_t limit)
{
    auto& range = *to.mutable_request_range();
    range.set_key(place.prefix().data(), place.prefix_size);
    end_of_queue(range, place.prefix());
    range.set_limit(limit);
    range.set_sort_target(pb::RangeRequest::CREATE);
    range.set_sort_order(order);
    range.set_keys_only(true);
}

void look_own(pb::RequestOp& to, const core::lock_place& place)
{
    auto& own = *to.mutable_request_range();
    own.set_key(place.key);
    own.set_keys_only(true);
}

void put_if_absent(pb::TxnRequest& to, const core::lock_request& from)
{
    created_at(to, from.place->key, 0);
    put_own(*to.add_success(), from);
    look_own(*to.add_failure(), *from.place);
}

void write(const core::lock_request& from, pb::TxnRequest& to)
{
    const auto& place = *from.place;
    switch (from.what) {
    case core::lock_request::kind::enqueue:
        queue_is_empty(to, place);
        put_own(*to.add_success(), from);
        put_if_absent(*to.add_failure()->mutable_request_txn(), from);
        return range_of_queue(*to.add_failure(), place, pb::RangeRequest::DESCEND, 2);
    case core::lock_request::kind::try_enqueue:
        queue_is_empty(to, place);
        put_own(*to.add_success(), from);
        return range_of_queue(*to.add_failure(), place, pb::RangeRequest::ASCEND, 1);
    case core::lock_request::kind::leave:
        created_at(to, place.key, from.own);
        to.add_success()->mutable_request_delete_range()->set_key(place.key);
        return;
    case core::lock_request::kind::look_own:
        return look_own(*to.add_success(), place);
    }
}

}  // namespace

void to_proto(std::span<const core::lock_request> from, pb::TxnRequest& to)
{
    if (from.size() == 1)
        return write(from.front(), to);
    to.mutable_success()->Reserve(static_cast<int>(from.size()));
    for (const auto& r : from)
        write(r, *to.add_success()->mutable_request_txn());
}

}  // namespace leasehold::rpc
