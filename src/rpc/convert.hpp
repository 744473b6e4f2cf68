// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <core/messages.hpp>

#include <leasehold/kv.hpp>

#include <etcd_api/rpc.pb.h>
#include <string>

/// \file
/// Our structs to etcd's messages, into an empty message; and back, which takes
/// the strings out of the message.

namespace leasehold::rpc {

// The lease requests, which the transport's interface spells as arguments.
struct lease_grant_request {
    lease_id lease;
    std::chrono::seconds ttl;
};
struct lease_revoke_request {
    lease_id lease;
};
struct lease_time_to_live_request {
    lease_id lease;
    bool keys;
};

void to_proto(const get_request& from, etcdserverpb::RangeRequest& to);
void to_proto(const put_request& from, etcdserverpb::PutRequest& to);
void to_proto(const remove_request& from, etcdserverpb::DeleteRangeRequest& to);
void to_proto(const transaction& from, etcdserverpb::TxnRequest& to);
void to_proto(const lease_grant_request& from, etcdserverpb::LeaseGrantRequest& to);
void to_proto(const lease_revoke_request& from, etcdserverpb::LeaseRevokeRequest& to);
void to_proto(const lease_time_to_live_request& from, etcdserverpb::LeaseTimeToLiveRequest& to);
void to_proto(const core::credentials& from, etcdserverpb::AuthenticateRequest& to);
void to_proto(const core::watch_create& from, etcdserverpb::WatchCreateRequest& to);

get_result from_proto(etcdserverpb::RangeResponse& from);
put_result from_proto(etcdserverpb::PutResponse& from);
remove_result from_proto(etcdserverpb::DeleteRangeResponse& from);
transaction_result from_proto(etcdserverpb::TxnResponse& from);
core::lease_grant_result from_proto(etcdserverpb::LeaseGrantResponse& from);
revision from_proto(etcdserverpb::LeaseRevokeResponse& from);
core::lease_time_to_live_result from_proto(etcdserverpb::LeaseTimeToLiveResponse& from);
/// The token.
std::string from_proto(etcdserverpb::AuthenticateResponse& from);
core::lease_renewal from_proto(etcdserverpb::LeaseKeepAliveResponse& from);
core::watch_message from_proto(etcdserverpb::WatchResponse& from);

}  // namespace leasehold::rpc
