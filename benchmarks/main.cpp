// SPDX-License-Identifier: Apache-2.0
// leasehold-bench --scenario NAME: one scenario on a running etcd, one line of figures.
#include "scenarios.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <map>

using namespace leasehold;

namespace {

double percentile(const std::vector<double>& sorted, double p)
{
    if (sorted.empty())
        return 0;
    return sorted[std::min(sorted.size() - 1, std::size_t(double(sorted.size()) * p))];
}

void print(const std::string& scenario, const bench::settings& s, bench::result r)
{
    std::sort(r.samples.begin(), r.samples.end());
    const auto ops = double(r.samples.size());
    std::printf(
        "%-12s n=%-6zu threads=%zu  %10.0f/s  p50 %9.0f us  p99 %9.0f us  max %9.0f us  cpu %6.1f us/op  "
        "errors %zu  left %zu\n",
        scenario.c_str(), s.n, s.threads, ops / r.seconds, percentile(r.samples, 0.5),
        percentile(r.samples, 0.99), percentile(r.samples, 1), ops > 0 ? r.cpu_seconds / ops * 1e6 : 0.0,
        r.errors, r.left_behind);
}

}  // namespace

int main(int argc, char** argv)
{
    const std::map<std::string, bench::result (*)(const bench::settings&)> scenarios{
        {"uncontended", bench::uncontended},
        {"handoff", bench::handoff},
        {"local", bench::local},
        {"timeout", bench::timeout},
    };
    CLI::App app{"Figures of Leasehold on a running etcd"};
    bench::settings s;
    std::string scenario = "uncontended";
    app.add_option("--endpoints", s.endpoints, "etcd's endpoints")->delimiter(',');
    app.add_option("--scenario", scenario, "uncontended, handoff, local or timeout");
    app.add_option("-n", s.n, "coroutines, sessions or attempts");
    app.add_option("--threads", s.threads, "threads of the io_context")->check(CLI::Range(1, 64));
    app.add_option("--seconds", s.seconds, "how long");
    app.add_option("--writes", s.writes_per_second, "writes a second of another client, meanwhile");
    CLI11_PARSE(app, argc, argv);
    const auto found = scenarios.find(scenario);
    if (found == scenarios.end()) {
        std::fprintf(stderr, "leasehold-bench: no scenario \"%s\"\n", scenario.c_str());
        return 64;
    }
    print(scenario, s, found->second(s));
}
