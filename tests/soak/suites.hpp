// SPDX-License-Identifier: Apache-2.0
// The long suites: each runs a scenario often, and sums it up in a row of the table.
#pragma once

#include "table.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace leasehold::test {

struct soak_options {
    std::size_t trials = 100;  ///< of each way of cutting one client off
    std::size_t rounds = 5;    ///< of each way of breaking a cluster or a server
    std::size_t set_runs = 20;
    std::chrono::seconds set_length{60};
    std::chrono::seconds name_length{30};
    unsigned seed = 0;
    std::string name_host;
    std::string stopped_worker;
    std::string set_worker;
};

struct suite {
    std::string name;
    std::function<row(const soak_options&)> run;
};

std::vector<suite> client_suites();   ///< holders and waiters cut off, stopped, their keys deleted
std::vector<suite> server_suites();   ///< etcd stopped and killed
std::vector<suite> cluster_suites();  ///< three members under a workload
std::vector<suite> set_suites();      ///< Jepsen's lock workloads
std::vector<suite> name_suites();     ///< hosts that claim names and are killed, and who follows them

}  // namespace leasehold::test
