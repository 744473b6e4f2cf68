// SPDX-License-Identifier: Apache-2.0
#include "faulty_cluster.hpp"

#include "posix.hpp"
#include "socket_owner.hpp"

#include <chrono>
#include <stdexcept>
#include <utility>

namespace leasehold::test {

namespace {

/// A machine that is busy with other things takes its time over an election.
constexpr millis patience{60'000};

}  // namespace

faulty_cluster::faulty_cluster(std::size_t size) : processes_(size), states_(size, state::running)
{
    etcd_cluster::network between;
    between.advertise = [this](std::size_t member, std::uint16_t peer_port) {
        return advertise(member, peer_port);
    };
    between.launched = [this](std::size_t member, pid_t process) { processes_[member] = process; };
    cluster_.emplace(size, etcd_options{}, between);
    for (std::size_t i = 0; i < size; ++i)
        clients_.push_back(std::make_unique<fault_proxy>((*cluster_)[i].port()));
}

std::uint16_t faulty_cluster::advertise(std::size_t member, std::uint16_t peer_port)
{
    peers_.resize(member);  // the cluster has chosen its ports anew
    peers_.push_back(std::make_unique<fault_proxy>(
        peer_port, [this](std::uint16_t from, std::uint16_t to) { return opener(from, to); }));
    return peers_.back()->port();
}

std::optional<int> faulty_cluster::opener(std::uint16_t client_port, std::uint16_t proxy_port) const
{
    const auto socket = socket_of(client_port, proxy_port);
    for (std::size_t i = 0; !socket.empty() && i < processes_.size(); ++i) {
        const pid_t process = processes_[i];
        if (process > 0 && owns(process, socket))
            return static_cast<int>(i);
    }
    return std::nullopt;
}

std::string faulty_cluster::endpoint(std::size_t member) const
{
    return clients_.at(member)->endpoint();
}

std::vector<std::string> faulty_cluster::endpoints_from(std::size_t first) const
{
    std::vector<std::string> result;
    for (std::size_t i = 0; i < clients_.size(); ++i)
        result.push_back(endpoint((first + i) % clients_.size()));
    return result;
}

std::optional<std::size_t> faulty_cluster::leader(std::optional<std::size_t> other_than)
{
    for (std::size_t i = 0; i < size(); ++i)
        if (i != other_than && states_[i] == state::running && (*cluster_)[i].leads())
            return i;
    return std::nullopt;
}

std::size_t faulty_cluster::wait_for_leader(std::optional<std::size_t> other_than)
{
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (std::chrono::steady_clock::now() < deadline) {
        if (const auto found = leader(other_than))
            return *found;
        back_off(deadline, millis{10});
    }
    throw std::runtime_error{"the cluster has no leader"};
}

void faulty_cluster::kill(std::size_t member)
{
    (*cluster_)[member].kill();
    states_[member] = state::dead;
}

void faulty_cluster::stop(std::size_t member)
{
    (*cluster_)[member].stop();
    states_[member] = state::stopped;
}

void faulty_cluster::isolate(std::size_t member)
{
    peers_.at(member)->cut();
    for (std::size_t other = 0; other < size(); ++other) {
        if (other == member)
            continue;
        peers_[other]->set(static_cast<int>(member), direction::to_server, fault::blackhole());
        peers_[other]->set(static_cast<int>(member), direction::to_client, fault::blackhole());
    }
}

void faulty_cluster::launch(std::size_t member)
{
    (*cluster_)[member].relaunch();
    processes_[member] = (*cluster_)[member].pid();
    states_[member] = state::running;
}

void faulty_cluster::restart(std::size_t member)
{
    (*cluster_)[member].terminate();
    launch(member);
    (*cluster_)[member].wait_healthy(patience);
}

void faulty_cluster::heal()
{
    for (const auto& proxy : peers_)
        proxy->heal();
    for (std::size_t i = 0; i < size(); ++i) {
        if (states_[i] == state::dead)
            launch(i);
        else if (states_[i] == state::stopped)
            (*cluster_)[i].cont();
        states_[i] = state::running;
    }
    for (std::size_t i = 0; i < size(); ++i)
        (*cluster_)[i].wait_healthy(patience);
}

}  // namespace leasehold::test
