// SPDX-License-Identifier: Apache-2.0
// Alone in its file: who uses another transport need not link gRPC.
#include "checks.hpp"

#include <core/endpoint.hpp>
#include <primitives/connect.hpp>
#include <rpc/grpc_transport.hpp>

#include <leasehold/client.hpp>

#include <utility>

namespace leasehold {

namespace {

rpc::channel_config channels_of(const client_options& options)
{
    rpc::channel_config config;
    for (const auto& text : options.endpoints) {
        auto& e = config.targets.emplace_back(core::parse_endpoint(text));
        e.secure = checks::speaks_tls(e, options.tls);
    }
    config.tls = options.tls;
    config.connect_timeout = options.connect_timeout;
    config.keepalive_time = options.keepalive_time;
    config.keepalive_timeout = options.keepalive_timeout;
    return config;
}

}  // namespace

client::client(executor_type executor) : client{std::move(executor), client_options{}} {}

client::client(executor_type executor, client_options options)
    : client{connect(std::move(executor), options, [&options](engine::strand strand) {
          return rpc::make_grpc_transport(std::move(strand), channels_of(options));
      })}
{}

}  // namespace leasehold
