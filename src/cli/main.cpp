// SPDX-License-Identifier: Apache-2.0
#include "break_command.hpp"
#include "exit_code.hpp"
#include "get_command.hpp"
#include "hold_command.hpp"
#include "lock_command.hpp"
#include "ls_command.hpp"
#include "output.hpp"
#include "queue_command.hpp"
#include "report.hpp"
#include "subcommand.hpp"
#include "top_command.hpp"
#include "watch_command.hpp"

#include <view/suggestion.hpp>
#include <view/text.hpp>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <sstream>
#include <string>
#include <unistd.h>
#include <vector>

extern char** environ;  // NOLINT(readability-redundant-declaration)

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

std::string list_of(const std::vector<std::string>& words)
{
    std::string list;
    for (const std::string& word : words)
        list += (list.empty() ? "" : ", ") + word;
    return list;
}

/// What was typed where a subcommand belongs.
failure no_subcommand(const CLI::App& app)
{
    std::vector<std::string> names;
    for (const CLI::App* sub : app.get_subcommands(nullptr))
        names.push_back(sub->get_name());
    const std::vector<std::string> typed = app.remaining();
    if (typed.empty())
        return {exit_usage, "a subcommand is missing: " + list_of(names) + "; see leasehold --help"};
    if (typed.front().starts_with('-'))
        return {exit_usage, "unknown option " + quote(typed.front()) + "; see leasehold --help"};
    const std::string unknown = "unknown subcommand " + quote(typed.front());
    if (const auto meant = suggestion(typed.front(), names))
        return {exit_usage, unknown + "; did you mean '" + *meant + "'?"};
    return {exit_usage, unknown + ", expected one of: " + list_of(names) + "; see leasehold --help"};
}

/// What went wrong stands in our own messages. To be called before there are threads.
void silence_grpc()
{
    ::setenv("GRPC_VERBOSITY", "NONE", 0);
}

int run(int argc, char** argv)
{
    invocation call;
    for (char** entry = environ; *entry; ++entry)
        call.environment.emplace_back(*entry);
    silence_grpc();
    CLI::App app{"Distributed locks on etcd, shared with etcdctl and Go's concurrency package", "leasehold"};
    app.set_version_flag("--version", LEASEHOLD_VERSION);
    app.require_subcommand(1);
    set_usage(app, "leasehold [OPTIONS] SUBCOMMAND ...");
    call.connection.add_before(app);
    add_lock_command(app, call);
    add_hold_command(app, call);
    add_get_command(app, call);
    add_watch_command(app, call);
    add_ls_command(app, call);
    add_queue_command(app, call);
    add_break_command(app, call);
    add_top_command(app, call);

    std::vector<std::string> arguments = split_at_dashes(argc, argv, call);
    std::ranges::reverse(arguments);  // as CLI11 wants them
    try {
        app.parse(arguments);
    } catch (const CLI::Success& e) {  // --help, --version
        std::ostringstream text;
        const int code = app.exit(e, text, text);
        print(text.view().substr(0, text.view().find_last_not_of('\n') + 1));
        return code;
    } catch (const CLI::RequiredError&) {
        throw no_subcommand(app);
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
