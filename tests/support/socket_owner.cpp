// SPDX-License-Identifier: Apache-2.0
#include "socket_owner.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <system_error>

namespace leasehold::test {

namespace fs = std::filesystem;

namespace {

/// The port of an address as /proc/net/tcp has it: hexadecimal, behind the colon.
unsigned long port_of(const std::string& address)
{
    return std::stoul(address.substr(address.find(':') + 1), nullptr, 16);
}

/// The socket's inode, empty when there is no such connection.
std::string inode_of(std::uint16_t local_port, std::uint16_t remote_port)
{
    std::ifstream table{"/proc/net/tcp"};
    std::string line;
    std::getline(table, line);  // the heading
    while (std::getline(table, line)) {
        std::istringstream fields{line};
        std::string number, local, remote, skipped, inode;
        fields >> number >> local >> remote;
        for (int i = 0; i < 6; ++i)
            fields >> skipped;
        fields >> inode;
        if (port_of(local) == local_port && port_of(remote) == remote_port)
            return inode;
    }
    return {};
}

}  // namespace

std::string socket_of(std::uint16_t local_port, std::uint16_t remote_port)
{
    const auto inode = inode_of(local_port, remote_port);
    return inode.empty() || inode == "0" ? std::string{} : "socket:[" + inode + "]";
}

bool owns(pid_t process, const std::string& socket)
{
    std::error_code gone;
    for (fs::directory_iterator entry{"/proc/" + std::to_string(process) + "/fd", gone}, end;
         !gone && entry != end; entry.increment(gone)) {
        std::error_code closed;
        if (fs::read_symlink(entry->path(), closed) == socket)
            return true;
    }
    return false;
}

}  // namespace leasehold::test
