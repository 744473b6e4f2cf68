// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "completion_queue.hpp"

#include <rpc/transport.hpp>

#include <grpcpp/channel.h>

#include <functional>
#include <memory>
#include <string>

namespace leasehold::rpc {

using link_handler = std::function<void(std::size_t endpoint, link_state, std::string why)>;

/// Reports each change of a channel's state and keeps the channel connecting
/// until the queue is shut down. Looks up the handler in `handler` each time.
void watch_link(completion_queue& queue, std::size_t endpoint, std::string target,
                std::shared_ptr<grpc::Channel> channel, const std::shared_ptr<const link_handler>& handler);

}  // namespace leasehold::rpc
