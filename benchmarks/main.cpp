// SPDX-License-Identifier: Apache-2.0
// leasehold-bench --scenario NAME: one scenario on a running etcd, one line of figures.
#include "common/report.hpp"
#include "scenarios/scenarios.hpp"

#include <CLI/CLI.hpp>

#ifdef LEASEHOLD_PROMETHEUS
#include <leasehold/prometheus_observer.hpp>

#include <prometheus/registry.h>
#endif

#include <cstdio>
#include <map>

using namespace leasehold;

namespace {

struct scenario {
    void (*run)(bench::driver&);
    double seconds = 3;
};

const std::map<std::string, scenario> scenarios{
    {"uncontended", {bench::uncontended}},
    {"local", {bench::local}},
    {"handoff", {bench::handoff}},
    {"timeout", {bench::timeout}},
    {"hold", {bench::hold}},
    {"sessions", {bench::sessions}},
    {"watch", {bench::watch}},
    {"churn", {.run = bench::churn, .seconds = 60}},
};

#ifdef LEASEHOLD_PROMETHEUS
std::shared_ptr<observer> metrics()
{
    return std::make_shared<prometheus_observer>(std::make_shared<prometheus::Registry>(),
                                                 prometheus_options{.locks = {"jobs/*", "bench*"}});
}
#endif

}  // namespace

int main(int argc, char** argv)
try {
    CLI::App app{"Figures of Leasehold on a running etcd"};
    bench::settings s;
    bench::run_label label;
    label.peer = "leasehold";
    label.scenario = "uncontended";
    bool json = false;
    int timeout_ms = 200;
    int ttl = 15;
    app.add_option("--endpoints", s.endpoints, "etcd's endpoints")->delimiter(',');
    app.add_option("--scenario", label.scenario,
                   "uncontended, local, handoff, timeout, hold, sessions, watch or churn")
        ->check(CLI::IsMember(scenarios));
    app.add_option("-n", s.n, "coroutines, sessions, locks, watches or attempts")->check(CLI::PositiveNumber);
    app.add_option("--threads", s.threads, "threads of the io_context")->check(CLI::Range(1, 64));
    app.add_option("--seconds", s.seconds, "how long (default: 3; churn: 60)")->check(CLI::PositiveNumber);
    app.add_option("--clients", s.clients,
                   "handoff: clients that share the sessions (default: one for each)");
    app.add_option("--timeout-ms", timeout_ms, "timeout, churn: of a bounded attempt (default: 200)");
    app.add_option("--ttl", ttl, "handoff, sessions, churn: time to live in seconds (default: 15)");
    app.add_option("--writes", s.writes_per_second, "writes a second of another client, meanwhile");
    app.add_option("--etcd", label.etcd, "the server's version, for the report");
#ifdef LEASEHOLD_PROMETHEUS
    app.add_flag_callback(
        "--metrics", [&s] { s.observers.push_back(metrics()); }, "with the observer for Prometheus");
#endif
    app.add_flag("--json", json, "report as one JSON object");
    CLI11_PARSE(app, argc, argv);

    const scenario& chosen = scenarios.at(label.scenario);
    if (s.seconds == 0)
        s.seconds = chosen.seconds;
    s.timeout = std::chrono::milliseconds{timeout_ms};
    s.ttl = std::chrono::seconds{ttl};
    label.n = s.n;
    label.threads = s.threads;

    bench::driver driver{s};
    chosen.run(driver);
    bench::print_report(label, driver.result(), json);
    return driver.result().errors == 0 ? 0 : 1;
} catch (const std::exception& e) {
    std::fprintf(stderr, "leasehold-bench: %s\n", e.what());
    return 2;
}
