// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "etcd_server.hpp"

#include <optional>

namespace leasehold::test {

/// One server for all test cases of a program: `BOOST_TEST_GLOBAL_FIXTURE(shared_etcd);`
struct shared_etcd {
    static inline std::optional<etcd_server> server;

    explicit shared_etcd(const etcd_options& options = {}) { server.emplace(options); }
    ~shared_etcd() { server.reset(); }
};

inline std::string etcd_endpoint()
{
    return shared_etcd::server->endpoint();
}

}  // namespace leasehold::test
