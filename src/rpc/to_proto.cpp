// SPDX-License-Identifier: Apache-2.0
#include "convert.hpp"

#include <type_traits>

namespace leasehold::rpc {
namespace {

namespace pb = etcdserverpb;

pb::Compare::CompareResult to_proto(compare::relation how)
{
    switch (how) {
    case compare::relation::equal:
        return pb::Compare::EQUAL;
    case compare::relation::not_equal:
        return pb::Compare::NOT_EQUAL;
    case compare::relation::greater:
        return pb::Compare::GREATER;
    case compare::relation::less:
        return pb::Compare::LESS;
    }
    return pb::Compare::EQUAL;
}

void to_proto(const compare& from, pb::Compare& to)
{
    to.set_key(from.key);
    if (!from.range_end.empty())
        to.set_range_end(from.range_end);
    to.set_result(to_proto(from.how));
    switch (from.what) {
    case compare::field::create_revision:
        to.set_target(pb::Compare::CREATE);
        to.set_create_revision(from.number);
        break;
    case compare::field::mod_revision:
        to.set_target(pb::Compare::MOD);
        to.set_mod_revision(from.number);
        break;
    case compare::field::version:
        to.set_target(pb::Compare::VERSION);
        to.set_version(from.number);
        break;
    case compare::field::lease:
        to.set_target(pb::Compare::LEASE);
        to.set_lease(from.number);
        break;
    case compare::field::value:
        to.set_target(pb::Compare::VALUE);
        to.set_value(from.value);
        break;
    }
}

void to_proto(const operation& from, pb::RequestOp& to)
{
    std::visit(
        [&to](const auto& request) {
            using type = std::decay_t<decltype(request)>;
            if constexpr (std::is_same_v<type, get_request>)
                rpc::to_proto(request, *to.mutable_request_range());
            else if constexpr (std::is_same_v<type, put_request>)
                rpc::to_proto(request, *to.mutable_request_put());
            else if constexpr (std::is_same_v<type, remove_request>)
                rpc::to_proto(request, *to.mutable_request_delete_range());
            else
                rpc::to_proto(request, *to.mutable_request_txn());
        },
        from.request);
}

}  // namespace

void to_proto(const get_request& from, pb::RangeRequest& to)
{
    to.set_key(from.key);
    if (!from.range_end.empty())
        to.set_range_end(from.range_end);
    to.set_limit(from.limit);
    to.set_revision(from.at_revision);
    if (from.sort != get_request::order::by_key) {
        to.set_sort_target(pb::RangeRequest::CREATE);
        to.set_sort_order(from.sort == get_request::order::oldest_first ? pb::RangeRequest::ASCEND
                                                                        : pb::RangeRequest::DESCEND);
    }
    to.set_serializable(from.serializable);
    to.set_keys_only(from.keys_only);
    to.set_count_only(from.count_only);
    to.set_max_create_revision(from.max_create_revision);
}

void to_proto(const put_request& from, pb::PutRequest& to)
{
    to.set_key(from.key);
    to.set_value(from.value);
    to.set_lease(from.lease);
}

void to_proto(const remove_request& from, pb::DeleteRangeRequest& to)
{
    to.set_key(from.key);
    if (!from.range_end.empty())
        to.set_range_end(from.range_end);
}

void to_proto(const transaction& from, pb::TxnRequest& to)
{
    to.mutable_compare()->Reserve(static_cast<int>(from.when.size()));
    for (const compare& c : from.when)
        to_proto(c, *to.add_compare());
    to.mutable_success()->Reserve(static_cast<int>(from.then.size()));
    for (const operation& o : from.then)
        to_proto(o, *to.add_success());
    to.mutable_failure()->Reserve(static_cast<int>(from.otherwise.size()));
    for (const operation& o : from.otherwise)
        to_proto(o, *to.add_failure());
}

void to_proto(const lease_grant_request& from, pb::LeaseGrantRequest& to)
{
    to.set_ttl(from.ttl.count());
    to.set_id(from.lease);
}

void to_proto(const lease_revoke_request& from, pb::LeaseRevokeRequest& to)
{
    to.set_id(from.lease);
}

void to_proto(const lease_time_to_live_request& from, pb::LeaseTimeToLiveRequest& to)
{
    to.set_id(from.lease);
    to.set_keys(from.keys);
}

void to_proto(const core::credentials& from, pb::AuthenticateRequest& to)
{
    to.set_name(from.user);
    to.set_password(from.password);
}

void to_proto(const core::watch_create& from, pb::WatchCreateRequest& to)
{
    to.set_key(from.key);
    if (!from.range_end.empty())
        to.set_range_end(from.range_end);
    to.set_start_revision(from.start);
    to.set_prev_kv(from.prev_kv);
    if (!from.puts)
        to.add_filters(pb::WatchCreateRequest::NOPUT);
    if (!from.removes)
        to.add_filters(pb::WatchCreateRequest::NODELETE);
    to.set_watch_id(from.id);
    to.set_fragment(true);
    to.set_progress_notify(from.progress);
}

}  // namespace leasehold::rpc
