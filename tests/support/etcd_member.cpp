// SPDX-License-Identifier: Apache-2.0
#include "etcd_member.hpp"

#include <fstream>
#include <iterator>
#include <utility>
#include <vector>

namespace leasehold::test {

namespace {

bool knows_no_fsync(const std::string& program)
{
    static const bool known = run({program, "--help"}).out.find("--unsafe-no-fsync") != std::string::npos;
    return known;
}

std::string url(std::uint16_t port)
{
    return "http://127.0.0.1:" + std::to_string(port);
}

}  // namespace

etcd_member::etcd_member(std::string member_name, etcd_options how)
    : name{std::move(member_name)}, options{std::move(how)}
{}

void etcd_member::choose_ports(std::uint16_t client, std::uint16_t peer, std::uint16_t advertised_peer)
{
    client_port = client;
    peer_port = peer;
    advertised_peer_port = advertised_peer;
    endpoint = url(client_port);
    cluster = name + "=" + url(advertised_peer_port);
}

void etcd_member::start()
{
    const auto program = etcd_program();
    std::vector<std::string> argv{program,
                                  "--name=" + name,
                                  "--data-dir=" + (folder.path() / "data").string(),
                                  "--listen-client-urls=" + endpoint,
                                  "--advertise-client-urls=" + endpoint,
                                  "--listen-peer-urls=" + url(peer_port),
                                  "--initial-advertise-peer-urls=" + url(advertised_peer_port),
                                  "--initial-cluster=" + cluster,
                                  "--initial-cluster-token=" + cluster};
    if (knows_no_fsync(program))
        argv.emplace_back("--unsafe-no-fsync");
    argv.insert(argv.end(), options.extra_args.begin(), options.extra_args.end());
    process.emplace(argv, child_process::options{.env = {}, .output_file = log_path()});
}

bool etcd_member::port_was_taken() const
{
    std::ifstream log{log_path()};
    const std::string text{std::istreambuf_iterator<char>{log}, {}};
    return text.find("address already in use") != std::string::npos;
}

void etcd_member::forget_first_try()
{
    process.reset();
    std::filesystem::remove_all(folder.path() / "data");
    std::filesystem::remove(log_path());
}

}  // namespace leasehold::test
