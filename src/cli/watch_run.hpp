// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <leasehold/client.hpp>

#include <boost/asio/awaitable.hpp>

#include <string>

namespace leasehold::cli {

/// What `leasehold watch` is asked to do.
struct watch_request {
    std::string name;  ///< of the lock, or what the names begin with
    bool prefix = false;
    bool json = false;
};

/// Prints who holds the locks, and then every change, until it is cancelled or fails. Once it has begun, it
/// outlasts outages of etcd.
boost::asio::awaitable<int> watch_locks(client c, watch_request request);

}  // namespace leasehold::cli
