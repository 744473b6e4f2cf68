// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <engine/cluster.hpp>
#include <leasehold/client.hpp>
#include <leasehold/options.hpp>

namespace leasehold {

/**
 * \brief A client on a transport of the caller's: the in-memory etcd in tests; on gRPC in `client`'s own constructor.
 *
 * The factory is called before this returns. The endpoints of `options` name the transport's in messages, in order.
 * \throws std::invalid_argument naming the option and its value.
 */
client connect(client::executor_type executor, client_options options,
               const engine::cluster::transport_factory& factory);

}  // namespace leasehold
