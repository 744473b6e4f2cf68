// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <engine/cluster.hpp>

#include <leasehold/client.hpp>
#include <leasehold/options.hpp>

#include <cstdint>
#include <optional>

namespace leasehold {

/**
 * \brief A client on a transport of the caller's: the in-memory etcd in tests; on gRPC in `client`'s own
 * constructor.
 *
 * The factory is called before this returns. The endpoints of `options` name the transport's in messages, in
 * order. `seed` fixes what is random otherwise.
 * \throws std::invalid_argument naming the option and its value.
 */
client connect(client::executor_type executor, client_options options,
               const engine::cluster::transport_factory& factory,
               std::optional<std::uint64_t> seed = std::nullopt);

}  // namespace leasehold
