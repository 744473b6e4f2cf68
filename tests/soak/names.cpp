// SPDX-License-Identifier: Apache-2.0
#include "etcd_server.hpp"
#include "name_service.hpp"
#include "suites.hpp"

#include <iostream>
#include <string>

namespace leasehold::test {

namespace {

/// A hundred hosts, each a process of its own.
row follow_killed_hosts(const std::string& name, const soak_options& o)
{
    row sum{name, 0, 0, {}, {}, {}};
    name_service_report all;
    for (std::size_t i = 0; i < o.rounds; ++i) {
        const etcd_server server;
        name_service_plan plan;
        plan.endpoint = server.endpoint();
        plan.worker = o.name_host;
        plan.processes = 100;
        plan.hosts_per_process = 1;
        plan.length = o.name_length;
        plan.seed = o.seed + static_cast<unsigned>(i);
        const auto r = run_name_service(plan);
        if (r.wrong != 0)
            std::cerr << name << ": " << r.first_wrong << '\n';
        sum.trials += plan.watchers;
        sum.violations += r.wrong;
        all.kills += r.kills;
        all.changes += r.changes;
        all.told += r.told;
    }
    sum.note = "runs of " + std::to_string(o.name_length.count()) + " s, 100 hosts, " +
               std::to_string(all.kills) + " killed: " + std::to_string(all.changes) +
               " changes of names, told of " + std::to_string(all.told);
    return sum;
}

}  // namespace

std::vector<suite> name_suites()
{
    const std::string name = "names of killed hosts, watchers";
    return {{name, [name](const soak_options& o) { return follow_killed_hosts(name, o); }}};
}

}  // namespace leasehold::test
