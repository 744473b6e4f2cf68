// SPDX-License-Identifier: Apache-2.0
// Hosts that claim names and are killed, and watchers that follow them: does each see what happened?
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace leasehold::test {

struct name_service_plan {
    std::string endpoint;
    std::string worker;  ///< name_host
    std::size_t processes = 20;
    std::size_t hosts_per_process = 5;  ///< killed together
    std::size_t names = 25;
    std::size_t watchers = 1000;     ///< one in ten of them of all names, one in ten slow
    std::chrono::seconds length{5};  ///< of the killing, and on until these have happened
    std::size_t least_kills = 10;
    std::size_t least_changes = 50;
    unsigned seed = 0;
};

struct name_service_report {
    std::size_t kills = 0;    ///< of processes
    std::size_t changes = 0;  ///< of names, according to etcd's history
    std::size_t told = 0;     ///< to all watchers
    std::size_t wrong = 0;    ///< watchers that were told something else than what happened, or not all of it
    std::string first_wrong;  ///< what of it
};

/// On an etcd that has seen no such run before, from the calling thread.
name_service_report run_name_service(const name_service_plan& plan);

}  // namespace leasehold::test
