// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rpc/grpc_transport.hpp>

#include <grpcpp/channel.h>
#include <grpcpp/generic/generic_stub.h>

#include <etcd_api/rpc.grpc.pb.h>
#include <memory>
#include <string>

namespace leasehold::rpc {

/**
 * \brief One endpoint: its channels and their stubs.
 *
 * The streams have a connection of their own, so that keep-alives and watch
 * events never wait behind a large answer (etcd#15402). Connections are made
 * when first used; what is reported about the link is the first channel's state.
 */
class endpoint {
public:
    endpoint(const core::endpoint& target, const channel_config& config);

    const std::shared_ptr<grpc::Channel>& channel() const noexcept { return calls_; }

    etcdserverpb::KV::Stub kv;
    grpc::TemplatedGenericStub<grpc::ByteBuffer, etcdserverpb::TxnResponse>
        lock_kv;  ///< of serialized requests
    etcdserverpb::Lease::Stub lease;
    etcdserverpb::Auth::Stub auth;
    etcdserverpb::Lease::Stub lease_stream;
    etcdserverpb::Watch::Stub watch_stream;

    bool watched = false;  ///< its link is

private:
    struct channels;
    explicit endpoint(channels both);

    std::shared_ptr<grpc::Channel> calls_;
};

}  // namespace leasehold::rpc
