// SPDX-License-Identifier: Apache-2.0
// The lock protocol's transactions, written without the structs of core/lock_protocol.cpp and the messages of
// protobuf in between, which would take half of a lock's time. tests/unit/rpc holds them together.
#include "lock_to_wire.hpp"

#include <cstdint>
#include <etcd_api/rpc.pb.h>
#include <ranges>
#include <string_view>

// A writer goes from the last byte to the first: so does every function here.

namespace leasehold::rpc {
namespace {

namespace pb = etcdserverpb;
using pb::Compare;
using pb::RequestOp;
using pb::TxnRequest;

std::uint64_t as_sent(std::int64_t number)
{
    return static_cast<std::uint64_t>(number);
}

/// The end of the range of a queue, all of whose keys begin with the name and a slash.
void end_of_queue(wire_writer& to, int field, const core::lock_place& place)
{
    static_assert('/' + 1 == '0');
    to.text(field, place.name(), "0");
}

void created_at(wire_writer& to, std::string_view key, revision at)
{
    // A member of a oneof is sent even when it is 0; so is no other field.
    to.number(Compare::kCreateRevisionFieldNumber, as_sent(at));
    to.text(Compare::kKeyFieldNumber, key);
    to.number(Compare::kTargetFieldNumber, Compare::CREATE);
}

void queue_is_empty(wire_writer& to, const core::lock_place& place)
{
    to.message(TxnRequest::kCompareFieldNumber, [&] {
        end_of_queue(to, Compare::kRangeEndFieldNumber, place);
        created_at(to, place.prefix(), 0);
    });
}

void key_is_of(wire_writer& to, const core::lock_place& place, revision created)
{
    to.message(TxnRequest::kCompareFieldNumber, [&] { created_at(to, place.key, created); });
}

void put_own(wire_writer& to, const core::lock_request& from)
{
    to.message(RequestOp::kRequestPutFieldNumber, [&] {
        to.number(pb::PutRequest::kLeaseFieldNumber, as_sent(from.place->lease));
        if (!from.value->empty())
            to.text(pb::PutRequest::kValueFieldNumber, *from.value);
        to.text(pb::PutRequest::kKeyFieldNumber, from.place->key);
    });
}

void range_of_queue(wire_writer& to, const core::lock_place& place, pb::RangeRequest::SortOrder order,
                    std::uint64_t limit)
{
    using pb::RangeRequest;
    to.message(RequestOp::kRequestRangeFieldNumber, [&] {
        to.number(RangeRequest::kKeysOnlyFieldNumber, 1);
        to.number(RangeRequest::kSortTargetFieldNumber, RangeRequest::CREATE);
        to.number(RangeRequest::kSortOrderFieldNumber, static_cast<std::uint64_t>(order));
        to.number(RangeRequest::kLimitFieldNumber, limit);
        end_of_queue(to, RangeRequest::kRangeEndFieldNumber, place);
        to.text(RangeRequest::kKeyFieldNumber, place.prefix());
    });
}

void look_own(wire_writer& to, const core::lock_place& place)
{
    to.message(RequestOp::kRequestRangeFieldNumber, [&] {
        to.number(pb::RangeRequest::kKeysOnlyFieldNumber, 1);
        to.text(pb::RangeRequest::kKeyFieldNumber, place.key);
    });
}

void count_of_queue(wire_writer& to, const core::lock_place& place)
{
    to.message(RequestOp::kRequestRangeFieldNumber, [&] {
        to.number(pb::RangeRequest::kCountOnlyFieldNumber, 1);
        end_of_queue(to, pb::RangeRequest::kRangeEndFieldNumber, place);
        to.text(pb::RangeRequest::kKeyFieldNumber, place.prefix());
    });
}

template <class F>
void on_success(wire_writer& to, F operation)
{
    to.message(TxnRequest::kSuccessFieldNumber, operation);
}

template <class F>
void on_failure(wire_writer& to, F operation)
{
    to.message(TxnRequest::kFailureFieldNumber, operation);
}

template <class ReadQueue>
void put_if_absent(wire_writer& to, const core::lock_request& from, ReadQueue read_queue)
{
    on_failure(to, [&] { look_own(to, *from.place); });
    on_success(to, read_queue);
    on_success(to, [&] { put_own(to, from); });
    key_is_of(to, *from.place, 0);
}

void enqueue(wire_writer& to, const core::lock_request& from)
{
    put_if_absent(to, from, [&] { count_of_queue(to, *from.place); });
}

void enqueue_behind(wire_writer& to, const core::lock_request& from)
{
    put_if_absent(to, from, [&] { range_of_queue(to, *from.place, pb::RangeRequest::DESCEND, 2); });
}

void try_enqueue(wire_writer& to, const core::lock_request& from)
{
    on_failure(to, [&] { range_of_queue(to, *from.place, pb::RangeRequest::ASCEND, 1); });
    on_success(to, [&] { put_own(to, from); });
    queue_is_empty(to, *from.place);
}

void leave(wire_writer& to, const core::lock_request& from)
{
    on_success(to, [&] {
        to.message(RequestOp::kRequestDeleteRangeFieldNumber,
                   [&] { to.text(pb::DeleteRangeRequest::kKeyFieldNumber, from.place->key); });
    });
    key_is_of(to, *from.place, from.own);
}

void write(wire_writer& to, const core::lock_request& from)
{
    switch (from.what) {
    case core::lock_request::kind::enqueue:
        return enqueue(to, from);
    case core::lock_request::kind::enqueue_behind:
        return enqueue_behind(to, from);
    case core::lock_request::kind::try_enqueue:
        return try_enqueue(to, from);
    case core::lock_request::kind::leave:
        return leave(to, from);
    case core::lock_request::kind::look_own:
        return on_success(to, [&] { look_own(to, *from.place); });
    }
}

}  // namespace

void to_wire(std::span<const core::lock_request> from, wire_writer& to)
{
    to.clear();
    if (from.size() == 1)
        return write(to, from.front());
    for (const auto& r : from | std::views::reverse)
        on_success(to, [&] { to.message(RequestOp::kRequestTxnFieldNumber, [&] { write(to, r); }); });
}

}  // namespace leasehold::rpc
