// SPDX-License-Identifier: Apache-2.0
// The inside of etcd_server: one server's place on this machine, its command line and its process.
#pragma once

#include "child_process.hpp"
#include "etcd_server.hpp"
#include "temporary_folder.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace leasehold::test {

/// How often ports are chosen anew: somebody may take one between our letting go of it and etcd's taking it.
constexpr int etcd_start_attempts = 5;

struct etcd_member {
    std::string name;
    etcd_options options;
    std::uint16_t client_port = 0;
    std::uint16_t peer_port = 0;
    std::uint16_t advertised_peer_port = 0;  ///< where the others find it: a proxy's, or the same
    std::string cluster;                     ///< --initial-cluster
    std::string endpoint;
    temporary_folder folder;
    std::optional<child_process> process;

    etcd_member(std::string member_name, etcd_options how);

    std::filesystem::path log_path() const { return folder.path() / "log"; }

    void choose_ports(std::uint16_t client, std::uint16_t peer, std::uint16_t advertised_peer);
    void start();
    bool port_was_taken() const;
    void forget_first_try();
};

}  // namespace leasehold::test
