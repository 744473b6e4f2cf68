// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <grpcpp/grpcpp.h>

#include <cstdint>
#include <etcd_api/rpc.grpc.pb.h>
#include <memory>
#include <stdexcept>
#include <string>

namespace leasehold::bench {

/// A connection of its own.
inline std::shared_ptr<grpc::Channel> open_channel(const std::string& target)
{
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    arguments.SetInt(GRPC_ARG_MAX_RECEIVE_MESSAGE_LENGTH, -1);
    arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);  // as the library: gRPC's layer for it costs a tenth
    return grpc::CreateCustomChannel(target, grpc::InsecureChannelCredentials(), arguments);
}

/// A lease that outlives the run by far: nobody has to renew it.
class long_lease {
public:
    explicit long_lease(const std::shared_ptr<grpc::Channel>& channel) : stub_{channel}
    {
        grpc::ClientContext context;
        context.set_wait_for_ready(true);
        etcdserverpb::LeaseGrantRequest grant;
        grant.set_ttl(3600);
        if (const auto status = stub_.LeaseGrant(&context, grant, &granted_); !status.ok())
            throw std::runtime_error{status.error_message()};
    }
    long_lease(const long_lease&) = delete;
    long_lease& operator=(const long_lease&) = delete;

    ~long_lease()
    {
        grpc::ClientContext context;
        etcdserverpb::LeaseRevokeRequest revoke;
        etcdserverpb::LeaseRevokeResponse ignored;
        revoke.set_id(granted_.id());
        stub_.LeaseRevoke(&context, revoke, &ignored);
    }

    std::int64_t id() const { return granted_.id(); }

private:
    etcdserverpb::Lease::Stub stub_;
    etcdserverpb::LeaseGrantResponse granted_;
};

}  // namespace leasehold::bench
