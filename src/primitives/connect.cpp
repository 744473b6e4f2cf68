// SPDX-License-Identifier: Apache-2.0
#include "checks.hpp"

#include <engine/cluster.hpp>
#include <primitives/connect.hpp>

#include <leasehold/client.hpp>

#include <utility>

namespace leasehold {

client engine::make_client(std::shared_ptr<cluster> user)
{
    return client{std::move(user)};
}

client connect(client::executor_type executor, client_options options,
               const engine::cluster::transport_factory& factory, std::optional<std::uint64_t> seed)
{
    checks::check(options);
    return engine::make_client(
        engine::cluster::make_user(std::move(executor), std::move(options), factory, seed));
}

}  // namespace leasehold
