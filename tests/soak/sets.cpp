// SPDX-License-Identifier: Apache-2.0
#include "faulty_cluster.hpp"
#include "lock_set.hpp"
#include "suites.hpp"

#include <string>
#include <utility>

namespace leasehold::test {

namespace {

suite lock_set(std::string name, set_guard guard)
{
    auto run = [name, guard](const soak_options& o) {
        row sum{name, o.set_runs, 0, {}, {}, {}};
        set_outcome all;
        faulty_cluster cluster;
        for (std::size_t i = 0; i < o.set_runs; ++i) {
            set_plan plan;
            plan.guard = guard;
            plan.worker = o.set_worker;
            plan.name = "set-" + std::to_string(i);
            plan.length = o.set_length;
            plan.seed = o.seed + static_cast<unsigned>(i);
            const auto r = run_lock_set(cluster, plan);
            all.confirmed += r.confirmed;
            all.lost += r.lost;
            all.refused += r.refused;
            all.unknown += r.unknown;
            all.faults += r.faults;
        }
        // Without a token there is no promise to break: what is lost is only reported.
        sum.violations = guard == set_guard::none ? 0 : all.lost;
        sum.note = "runs of " + std::to_string(o.set_length.count()) + " s, " + std::to_string(all.faults) +
                   " faults: " + std::to_string(all.lost) + " of " + std::to_string(all.confirmed) +
                   " confirmed additions lost, " + std::to_string(all.refused) + " refused, " +
                   std::to_string(all.unknown) + " unknown";
        return sum;
    };
    return {name, run};
}

}  // namespace

std::vector<suite> set_suites()
{
    return {
        lock_set("lock-set, no token", set_guard::none),
        lock_set("lock-set, token checked by the storage", set_guard::token),
        lock_set("lock-etcd-set", set_guard::transaction),
    };
}

}  // namespace leasehold::test
