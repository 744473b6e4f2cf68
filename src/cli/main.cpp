// SPDX-License-Identifier: Apache-2.0
#include "exit_code.hpp"
#include "hold_command.hpp"
#include "lock_command.hpp"
#include "report.hpp"
#include "subcommand.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <algorithm>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

namespace leasehold::cli {

namespace {

/// What stands behind the first `--` never meets the parser.
std::vector<std::string> split_at_dashes(int argc, char** argv, invocation& call)
{
    std::vector<std::string> arguments{argv + std::min(argc, 1), argv + argc};
    const auto dashes = std::ranges::find(arguments, "--");
    if (dashes != arguments.end()) {
        call.behind_dashes.emplace(dashes + 1, arguments.end());
        arguments.erase(dashes, arguments.end());
    }
    return arguments;
}

int run(int argc, char** argv)
{
    invocation call;
    CLI::App app{"Distributed locks on etcd, shared with etcdctl and Go's concurrency package", "leasehold"};
    app.set_version_flag("--version", LEASEHOLD_VERSION);
    app.require_subcommand(1);
    set_usage(app, "leasehold [OPTIONS] SUBCOMMAND ...");
    call.connection.add_before(app);
    add_lock_command(app, call);
    add_hold_command(app, call);

    std::vector<std::string> arguments = split_at_dashes(argc, argv, call);
    std::ranges::reverse(arguments);  // as CLI11 wants them
    try {
        app.parse(arguments);
    } catch (const CLI::Success& e) {  // --help, --version
        return app.exit(e, std::cout, std::cerr);
    } catch (const CLI::ParseError& e) {
        throw failure{exit_usage, std::string{e.what()} + "; see leasehold --help"};
    }
    return call.run();
}

}  // namespace

}  // namespace leasehold::cli

int main(int argc, char** argv)
{
    namespace cli = leasehold::cli;
    try {
        return cli::run(argc, argv);
    } catch (const cli::failure& e) {
        cli::complain(e.what());
        return e.code();
    } catch (const std::exception& e) {
        cli::complain(std::string{"internal failure: "} + e.what());
        return cli::exit_lost;
    }
}
