// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <view/holders.hpp>

#include <leasehold/client.hpp>

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <string>

namespace leasehold::cli {

/// What `leasehold watch` is asked to watch.
struct watch_request {
    std::string name;  ///< of the lock, or what the names begin with
    bool prefix = false;
};

/// Reports who holds the locks, and then every change, until it fails. Once it has begun, it outlasts outages
/// of etcd.
/// \param report may throw, which ends it.
boost::asio::awaitable<int> watch_locks(client c, watch_request request,
                                        std::function<void(const holders::change&)> report);

}  // namespace leasehold::cli
