// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "completion_queue.hpp"
#include "endpoint.hpp"

#include <rpc/transport.hpp>

#include <memory>
#include <string>

namespace leasehold::rpc {

/// `to` is null for a stream that is dead from the start.
std::unique_ptr<keep_alive_stream> open_keep_alive(completion_queue& queue, endpoint* to,
                                                   const std::string& token,
                                                   stream_handler<core::lease_renewal> handler);
std::unique_ptr<watch_stream> open_watch(completion_queue& queue, endpoint* to, const std::string& token,
                                         stream_handler<core::watch_message> handler);

}  // namespace leasehold::rpc
