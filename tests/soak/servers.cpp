// SPDX-License-Identifier: Apache-2.0
#include "etcd_server.hpp"
#include "outage.hpp"
#include "running.hpp"
#include "suites.hpp"

#include <utility>

namespace leasehold::test {

namespace {

using namespace std::chrono_literals;

suite outage(std::string name, std::function<void(etcd_server&)> go,
             std::function<void(etcd_server&)> come_back)
{
    auto run = [name, go, come_back](const soak_options& o) {
        row sum{name, 0, 0, {}, {}, "TTL 3 s, away for 4 s, 10 locks each time"};
        for (std::size_t i = 0; i < o.rounds; ++i) {
            etcd_server server;
            const outage_plan plan{3s, 10, 4s, go, come_back, "outage-"};
            add(sum, run_alone<std::vector<handover>>([&](auto&) { return outlast_outage(server, plan); }));
        }
        return sum;
    };
    return {name, run};
}

}  // namespace

std::vector<suite> server_suites()
{
    return {
        outage(
            "etcd stopped", [](etcd_server& s) { s.stop(); }, [](etcd_server& s) { s.cont(); }),
        outage(
            "etcd killed, restarted with its data", [](etcd_server& s) { s.kill(); },
            [](etcd_server& s) { s.restart(); }),
    };
}

}  // namespace leasehold::test
