// SPDX-License-Identifier: Apache-2.0
// leasehold-sim: many seeded runs of the library on an etcd in memory; the first that breaks a promise is
// printed with the command that replays it.
#include "run.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <limits>
#include <optional>
#include <string>

namespace {

using namespace leasehold;
using simulation::trace;

struct arguments {
    std::optional<std::uint64_t> seed;
    std::string seeds;
    std::uint64_t count = 100;
    double minutes = 0;
    std::uint64_t steps = simulation::default_steps;
    bool traced = false;
};

struct seed_range {
    std::uint64_t first;
    std::uint64_t last;
};

seed_range range_of(const arguments& a)
{
    if (a.seed)
        return {*a.seed, *a.seed};
    if (const auto dots = a.seeds.find(".."); dots != std::string::npos)
        return {std::stoull(a.seeds.substr(0, dots)), std::stoull(a.seeds.substr(dots + 2))};
    const auto first = a.seeds.empty() ? 1 : std::stoull(a.seeds);
    if (a.minutes > 0)
        return {first, std::numeric_limits<std::uint64_t>::max()};
    return {first, first + a.count - 1};
}

void print_failure(const char* program, const arguments& a, std::uint64_t seed, const std::string& why)
{
    std::cout << "seed " << seed << ": " << why << "\nreplay: " << program << " --seed " << seed;
    if (a.steps != simulation::default_steps)
        std::cout << " --steps " << a.steps;
    std::cout << " --trace\n";
}

int run(const char* program, const arguments& a)
{
    const auto range = range_of(a);
    const auto begin = std::chrono::steady_clock::now();
    const auto spent = [begin] {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    };
    trace::sink sink;
    if (a.traced)
        sink = [](const std::string& line) { std::cout << line << '\n'; };
    std::uint64_t runs = 0;
    std::uint64_t steps = 0;
    std::size_t grants = 0;
    double time = 0;
    for (auto seed = range.first; seed <= range.last && (a.minutes <= 0 || spent() < a.minutes * 60);
         ++seed) {
        const auto v = simulation::run(seed, a.steps, trace{sink});
        ++runs;
        steps += v.steps;
        grants += v.grants;
        time += std::chrono::duration<double>(v.time).count();
        if (v.broken) {
            print_failure(program, a, seed, *v.broken);
            return 1;
        }
    }
    std::cout << runs << " seeds, " << steps << " steps, " << grants << " locks granted, "
              << static_cast<std::uint64_t>(time / 60) << " virtual minutes in "
              << static_cast<std::uint64_t>(spent()) << " s: every promise kept\n";
    return 0;
}

}  // namespace

int main(int argc, char** argv)
{
    arguments a;
    CLI::App app{"Runs Leasehold on an etcd in memory, in seeded random order and with faults",
                 "leasehold-sim"};
    app.add_option("--seed", a.seed, "Run this seed alone");
    app.add_option("--seeds", a.seeds, "Run the seeds FROM..TO, or from FROM on");
    app.add_option("--count", a.count, "How many seeds (default 100)")->check(CLI::PositiveNumber);
    app.add_option("--minutes", a.minutes, "Run seeds for so long")->check(CLI::NonNegativeNumber);
    app.add_option("--steps", a.steps, "At most so many steps with faults in each run");
    app.add_flag("--trace", a.traced, "Print what happens");
    try {
        app.parse(argc, argv);
        return run(argv[0], a);
    } catch (const CLI::ParseError& e) {
        return app.exit(e);
    } catch (const std::exception& e) {
        std::cerr << "leasehold-sim: " << e.what() << '\n';
        return 2;
    }
}
