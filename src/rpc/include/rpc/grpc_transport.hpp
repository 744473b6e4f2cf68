// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <core/endpoint.hpp>
#include <rpc/transport.hpp>

#include <leasehold/options.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/strand.hpp>

#include <chrono>
#include <memory>
#include <vector>

namespace leasehold::rpc {

struct channel_config {
    std::vector<core::endpoint> targets;
    tls_options tls;  ///< for those that are secure
    std::chrono::milliseconds connect_timeout{2000};
    std::chrono::milliseconds keepalive_time{10000};
    std::chrono::milliseconds keepalive_timeout{5000};
};

/// A transport on gRPC: two channels per target, and the completion queue of the strand's execution context,
/// whose one thread hands completions over to `strand` in batches.
/// \throws std::invalid_argument for a target that gRPC cannot read, or certificates and keys that it cannot
/// use
std::unique_ptr<transport> make_grpc_transport(boost::asio::strand<boost::asio::any_io_executor> strand,
                                               channel_config config);

}  // namespace leasehold::rpc
