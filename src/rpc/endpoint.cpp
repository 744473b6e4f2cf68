// SPDX-License-Identifier: Apache-2.0
#include "endpoint.hpp"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <utility>

namespace leasehold::rpc {
namespace {

std::shared_ptr<grpc::ChannelCredentials> credentials(const core::endpoint& to, const tls_options& tls)
{
    if (!to.secure)
        return grpc::InsecureChannelCredentials();
    grpc::SslCredentialsOptions options;
    options.pem_root_certs = tls.ca_certificates;
    options.pem_cert_chain = tls.certificate;
    options.pem_private_key = tls.private_key;
    return grpc::SslCredentials(options);
}

int milliseconds(std::chrono::milliseconds d)
{
    constexpr std::chrono::milliseconds most{std::numeric_limits<int>::max()};
    return static_cast<int>(std::clamp(d, std::chrono::milliseconds{1}, most).count());
}

grpc::ChannelArguments arguments(const channel_config& config)
{
    grpc::ChannelArguments args;
    // A connection of its own for each channel, whatever else the process talks to.
    args.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);

    // etcd bounds requests itself, and its answers may be larger than gRPC's 4 MB.
    args.SetMaxReceiveMessageSize(-1);
    args.SetMaxSendMessageSize(-1);

    // etcd ends connections that are pinged without an open call (etcd.md §5.5);
    // with one open, silence must not stop the pings.
    args.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, milliseconds(config.keepalive_time));
    args.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, milliseconds(config.keepalive_timeout));
    args.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 0);
    args.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);

    // A server that comes back is found within about a second. The "minimum" is
    // how long one attempt to connect may take.
    args.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
    args.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1000);
    args.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, milliseconds(config.connect_timeout));

    if (!config.tls.server_name.empty())
        args.SetSslTargetNameOverride(config.tls.server_name);

    // A proxy that the environment names for the web is not the way to etcd; the Go
    // client does not take it either. Nor is a service's configuration in DNS.
    args.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
    args.SetInt(GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION, 1);
    // The engine repeats what may be repeated; gRPC's own layer for it makes a call a fifth dearer.
    args.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
    return args;
}

}  // namespace

struct endpoint::channels {
    channels(const core::endpoint& to, const channel_config& config)
        : calls{grpc::CreateCustomChannel(to.target, credentials(to, config.tls), arguments(config))},
          streams{grpc::CreateCustomChannel(to.target, credentials(to, config.tls), arguments(config))}
    {
        // For a name that it cannot read gRPC makes a channel that has already failed.
        if (calls->GetState(false) != GRPC_CHANNEL_IDLE)
            throw std::invalid_argument{"not a gRPC target: \"" + to.target + '"'};
    }

    std::shared_ptr<grpc::Channel> calls;
    std::shared_ptr<grpc::Channel> streams;
};

endpoint::endpoint(const core::endpoint& target, const channel_config& config)
    : endpoint{channels{target, config}}
{}

endpoint::endpoint(channels both)
    : kv{both.calls},
      lock_kv{both.calls},
      lease{both.calls},
      auth{both.calls},
      lease_stream{both.streams},
      watch_stream{both.streams},
      calls_{std::move(both.calls)}
{}

}  // namespace leasehold::rpc
