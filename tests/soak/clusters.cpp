// SPDX-License-Identifier: Apache-2.0
#include "cluster_faults.hpp"
#include "faulty_cluster.hpp"
#include "handover.hpp"
#include "running.hpp"
#include "suites.hpp"
#include "waiting.hpp"

#include <leasehold/leasehold.hpp>

#include <algorithm>
#include <string>
#include <utility>

namespace leasehold::test {

namespace {

using namespace std::chrono_literals;

std::string seconds_text(std::chrono::milliseconds d)
{
    return std::to_string(d.count() / 1000) + '.' + std::to_string(d.count() / 100 % 10) + " s";
}

/// A session lost is a violation here: the leases live 10 s.
std::uint64_t violations(const cluster_outcome& o)
{
    return o.report.violations + static_cast<std::uint64_t>(o.report.lost_writes) + o.lost_sessions;
}

suite under_workload(std::string name, cluster_fault what)
{
    auto run = [name, what](const soak_options& options) {
        row sum{name, options.rounds, 0, {}, 0ms, {}};
        std::chrono::milliseconds election{}, silence{};
        std::uint64_t cycles = 0;
        std::uint64_t lost_sessions = 0;
        faulty_cluster cluster;
        for (std::size_t i = 0; i < options.rounds; ++i) {
            cluster_plan plan;
            plan.what = what;
            plan.cycles_before = 1'000;
            plan.cycles_after = 1'500;
            plan.prefix = "round-" + std::to_string(i) + '-';
            const auto o = break_cluster(cluster, plan);
            sum.violations += violations(o);
            sum.recovery = std::max(*sum.recovery, o.recovery);
            election = std::max(election, o.election);
            silence = std::max(silence, o.longest_silence);
            cycles += o.report.cycles.size();
            lost_sessions += o.lost_sessions;
        }
        sum.note = std::to_string(cycles) + " fenced writes, " + std::to_string(lost_sessions) +
                   " sessions lost, longest silence " + seconds_text(silence);
        if (what != cluster_fault::rolling_restart)
            sum.note += ", election " + seconds_text(election);
        return sum;
    };
    return {name, run};
}

asio::awaitable<handover> go_with_the_minority(asio::io_context& io, faulty_cluster& cluster,
                                               std::string name, std::chrono::milliseconds phase)
{
    const auto leader = cluster.wait_for_leader();
    client_options majority;
    majority.endpoints = {cluster.endpoint((leader + 1) % 3), cluster.endpoint((leader + 2) % 3)};
    handover_parties who{client{io.get_executor(), at(cluster.endpoint(leader))},
                         client{io.get_executor(), majority}, std::move(name), 3s};
    fault_action cut = [&](gate& acquired) -> asio::awaitable<void> {
        cluster.isolate(leader);
        co_await acquired.wait();
        cluster.heal();
    };
    co_return co_await lose_lock(who, phase, std::move(cut));
}

row minority(const soak_options& o)
{
    row sum{"holder cut off with the leader", 0, 0, {}, {}, "TTL 3 s"};
    faulty_cluster cluster;
    for (std::size_t i = 0; i < o.rounds; ++i) {
        const std::chrono::milliseconds phase{(o.seed + 700 * i) % 3'000};
        const auto r = run_alone<handover>([&](asio::io_context& io) {
            return go_with_the_minority(io, cluster, "minority-" + std::to_string(i), phase);
        });
        add(sum, {r});
    }
    return sum;
}

}  // namespace

std::vector<suite> cluster_suites()
{
    return {
        under_workload("leader killed", cluster_fault::leader_killed),
        under_workload("leader stopped", cluster_fault::leader_stopped),
        under_workload("leader cut off, a client with it", cluster_fault::leader_isolated),
        under_workload("rolling restart", cluster_fault::rolling_restart),
        {"holder cut off with the leader", minority},
    };
}

}  // namespace leasehold::test
