// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "etcd_server.hpp"

#include <string>
#include <vector>

namespace leasehold::test {

inline std::vector<std::string> etcdctl_command(const std::string& endpoint,
                                                std::vector<std::string> arguments)
{
    std::vector<std::string> command{"etcdctl", "--endpoints=" + endpoint, "--dial-timeout=30s",
                                     "--command-timeout=30s"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    return command;
}

/// 3.4's etcdctl still needs to be told the API version; later ones ignore it.
inline run_result run_etcdctl(const std::string& endpoint, const std::vector<std::string>& arguments)
{
    return run(etcdctl_command(endpoint, arguments), {.env = {"ETCDCTL_API=3"}});
}

}  // namespace leasehold::test
