// SPDX-License-Identifier: Apache-2.0
// soak: the fault suites at length, and a table of what they found. See --help.
#include "suites.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <random>
#include <string>
#include <vector>

using namespace leasehold::test;

namespace {

std::vector<suite> all_suites()
{
    std::vector<suite> all;
    for (auto part : {client_suites(), server_suites(), cluster_suites(), set_suites(), name_suites()})
        all.insert(all.end(), part.begin(), part.end());
    return all;
}

bool wanted(const suite& s, const std::vector<std::string>& only)
{
    return only.empty() ||
           std::ranges::any_of(only, [&](const auto& o) { return s.name.find(o) != std::string::npos; });
}

/// Violations found; a suite that could not be run to its end counts as one.
std::uint64_t run(const suite& s, const soak_options& options)
{
    row found{s.name, 0, 1, {}, {}, {}};
    try {
        found = s.run(options);
    } catch (const std::exception& e) {
        found.note = "could not be run to its end";
        std::cerr << s.name << ": " << e.what() << '\n';
    }
    std::cout << to_string(found) << std::endl;
    return found.violations;
}

}  // namespace

int main(int argc, char** argv)
{
    soak_options options;
    options.seed = std::random_device{}();
    std::int64_t set_seconds = options.set_length.count();
    std::int64_t name_seconds = options.name_length.count();
    std::vector<std::string> only;
    bool list = false;

    CLI::App app{"The fault suites at length; exit status 1 if anything was violated."};
    app.add_option("--only", only, "only the suites whose names contain one of these words");
    app.add_option("--trials", options.trials, "of each way of cutting a client off")->capture_default_str();
    app.add_option("--rounds", options.rounds, "of each way of breaking servers")->capture_default_str();
    app.add_option("--set-runs", options.set_runs, "of each of Jepsen's workloads")->capture_default_str();
    app.add_option("--set-seconds", set_seconds, "length of each of these runs")->capture_default_str();
    app.add_option("--name-seconds", name_seconds, "length of a run of the name service")
        ->capture_default_str();
    app.add_option("--seed", options.seed, "of the random moments and faults");
    app.add_option("--name-host", options.name_host)->required();
    app.add_option("--stopped-worker", options.stopped_worker)->required();
    app.add_option("--set-worker", options.set_worker)->required();
    app.add_flag("--list", list, "print the suites' names");
    CLI11_PARSE(app, argc, argv);
    options.set_length = std::chrono::seconds{set_seconds};
    options.name_length = std::chrono::seconds{name_seconds};

    std::uint64_t violations = 0;
    if (!list)
        std::cout << "seed " << options.seed << "\n\n" << heading() << std::endl;
    for (const auto& s : all_suites()) {
        if (!wanted(s, only))
            continue;
        if (list)
            std::cout << s.name << '\n';
        else
            violations += run(s, options);
    }
    return violations == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
