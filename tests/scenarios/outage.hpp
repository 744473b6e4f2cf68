// SPDX-License-Identifier: Apache-2.0
// etcd itself away for longer than the time to live, with holders and contenders on it.
#pragma once

#include "etcd_server.hpp"
#include "handover.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace leasehold::test {

struct outage_plan {
    std::chrono::milliseconds ttl{};
    std::size_t locks = 0;
    std::chrono::milliseconds away{};
    std::function<void(etcd_server&)> go;         ///< etcd goes away
    std::function<void(etcd_server&)> come_back;  ///< and comes back
    std::string prefix;                           ///< of the locks' names
};

/// One outage that hits so many locks, each with a holder and a contender of its own.
asio::awaitable<std::vector<handover>> outlast_outage(etcd_server& server, outage_plan plan);

}  // namespace leasehold::test
