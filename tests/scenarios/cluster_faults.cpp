// SPDX-License-Identifier: Apache-2.0
#include "cluster_faults.hpp"

#include <leasehold/leasehold.hpp>

#include <numeric>
#include <utility>
#include <vector>

namespace leasehold::test {

namespace {

workload_options options_for(const faulty_cluster& cluster, const cluster_plan& plan, std::size_t leader)
{
    workload_options options;
    options.clients.assign(plan.clients, {cluster.endpoints_from(leader), plan.locks});
    if (plan.what == cluster_fault::leader_isolated)
        options.clients.front() = {{cluster.endpoint(leader)}, plan.locks / 10};
    options.locks = plan.locks;
    options.prefix = plan.prefix;
    return options;
}

void break_leader(faulty_cluster& cluster, cluster_fault what, std::size_t leader)
{
    switch (what) {
    case cluster_fault::leader_killed:
        return cluster.kill(leader);
    case cluster_fault::leader_stopped:
        return cluster.stop(leader);
    case cluster_fault::leader_isolated:
        return cluster.isolate(leader);
    case cluster_fault::rolling_restart:
        break;
    }
}

void restart_all(faulty_cluster& cluster, workload& running, std::uint64_t cycles_between)
{
    for (std::size_t i = 0; i < cluster.size(); ++i) {
        cluster.restart(i);
        running.run_cycles(cycles_between);
    }
}

}  // namespace

cluster_outcome break_cluster(faulty_cluster& cluster, const cluster_plan& plan)
{
    const auto leader = cluster.wait_for_leader();
    workload running{options_for(cluster, plan, leader)};
    running.run_cycles(plan.cycles_before);

    cluster_outcome outcome;
    const auto fault = boot_clock::now();
    if (plan.what == cluster_fault::rolling_restart) {
        restart_all(cluster, running, plan.cycles_after);
    } else {
        break_leader(cluster, plan.what, leader);
        cluster.wait_for_leader(leader);
        outcome.election = std::chrono::duration_cast<std::chrono::milliseconds>(boot_clock::now() - fault);
        running.run_cycles(plan.cycles_after);
    }
    cluster.heal();
    running.run_cycles(plan.cycles_after);

    outcome.report = running.finish();
    const auto& lost = outcome.report.lost_sessions;
    const auto first = plan.what == cluster_fault::leader_isolated ? lost.begin() + 1 : lost.begin();
    outcome.lost_sessions = std::accumulate(first, lost.end(), std::uint64_t{0});
    outcome.recovery = outcome.report.recovery(fault);
    outcome.longest_silence = outcome.report.longest_silence(fault);
    return outcome;
}

}  // namespace leasehold::test
