// SPDX-License-Identifier: Apache-2.0
#include "convert.hpp"

#include <utility>

namespace leasehold::rpc {
namespace {

namespace pb = etcdserverpb;

key_value from_proto(mvccpb::KeyValue& from)
{
    return {.key = std::move(*from.mutable_key()),
            // Reaching for an absent field would make one.
            .value = from.value().empty() ? std::string{} : std::move(*from.mutable_value()),
            .create_revision = from.create_revision(),
            .mod_revision = from.mod_revision(),
            .version = from.version(),
            .lease = from.lease()};
}

// The results proper, without the store's revision: inside a transaction only the
// outermost response is promised to carry one.
get_result take(pb::RangeResponse& from)
{
    get_result to;
    to.items.reserve(static_cast<std::size_t>(from.kvs_size()));
    for (mvccpb::KeyValue& kv : *from.mutable_kvs())
        to.items.push_back(from_proto(kv));
    to.count = from.count();
    to.more = from.more();
    return to;
}

put_result take(pb::PutResponse&)
{
    return {};
}

remove_result take(pb::DeleteRangeResponse& from)
{
    return {.removed = from.deleted()};
}

transaction_result take(pb::TxnResponse& from);

operation_result take(pb::ResponseOp& from)
{
    switch (from.response_case()) {
    case pb::ResponseOp::kResponseRange:
        return {take(*from.mutable_response_range())};
    case pb::ResponseOp::kResponsePut:
        return {take(*from.mutable_response_put())};
    case pb::ResponseOp::kResponseDeleteRange:
        return {take(*from.mutable_response_delete_range())};
    case pb::ResponseOp::kResponseTxn:
        return {take(*from.mutable_response_txn())};
    case pb::ResponseOp::RESPONSE_NOT_SET:
        break;
    }
    return {};
}

transaction_result take(pb::TxnResponse& from)
{
    transaction_result to;
    to.succeeded = from.succeeded();
    to.results.reserve(static_cast<std::size_t>(from.responses_size()));
    for (pb::ResponseOp& response : *from.mutable_responses())
        to.results.push_back(take(response));
    return to;
}

template <class Response>
auto take_with_revision(Response& from)
{
    auto to = take(from);
    to.revision = from.header().revision();
    return to;
}

core::watch_event from_proto(mvccpb::Event& from)
{
    core::watch_event to;
    to.removed = from.type() == mvccpb::Event::DELETE;
    to.kv = from_proto(*from.mutable_kv());
    if (from.has_prev_kv())
        to.prev = from_proto(*from.mutable_prev_kv());
    return to;
}

}  // namespace

get_result from_proto(pb::RangeResponse& from)
{
    return take_with_revision(from);
}

put_result from_proto(pb::PutResponse& from)
{
    return take_with_revision(from);
}

remove_result from_proto(pb::DeleteRangeResponse& from)
{
    return take_with_revision(from);
}

transaction_result from_proto(pb::TxnResponse& from)
{
    return take_with_revision(from);
}

core::lease_grant_result from_proto(pb::LeaseGrantResponse& from)
{
    return {.lease = from.id(), .ttl = std::chrono::seconds{from.ttl()}};
}

revision from_proto(pb::LeaseRevokeResponse& from)
{
    return from.header().revision();
}

core::lease_time_to_live_result from_proto(pb::LeaseTimeToLiveResponse& from)
{
    core::lease_time_to_live_result to{.ttl = std::chrono::seconds{from.ttl()},
                                       .granted_ttl = std::chrono::seconds{from.grantedttl()},
                                       .keys = {}};
    for (std::string& key : *from.mutable_keys())
        to.keys.push_back(std::move(key));
    return to;
}

std::string from_proto(pb::AuthenticateResponse& from)
{
    return std::move(*from.mutable_token());
}

core::lease_renewal from_proto(pb::LeaseKeepAliveResponse& from)
{
    return {.lease = from.id(), .ttl = std::chrono::seconds{from.ttl()}};
}

core::watch_message from_proto(pb::WatchResponse& from)
{
    core::watch_message to;
    to.id = from.watch_id();
    to.revision = from.header().revision();
    to.created = from.created();
    to.cancelled = from.canceled();
    to.fragment = from.fragment();
    to.compact_revision = from.compact_revision();
    to.cancel_reason = from.cancel_reason();
    to.events.reserve(static_cast<std::size_t>(from.events_size()));
    for (mvccpb::Event& event : *from.mutable_events())
        to.events.push_back(from_proto(event));
    return to;
}

}  // namespace leasehold::rpc
