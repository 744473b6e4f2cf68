// SPDX-License-Identifier: Apache-2.0
#include "lock_command.hpp"

#include "duration.hpp"
#include "exit_code.hpp"
#include "lock_run.hpp"
#include "report.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace leasehold::cli {

namespace {

constexpr const char* lock_footer =
    R"(With a COMMAND: runs it while the lock is held, with ETCD_LOCK_KEY, ETCD_LOCK_REV and LEASEHOLD_TOKEN
(a number that grows from holder to holder) in its environment, passes signals on to it, and ends
with its exit status. If the lock is lost, the command and all that descends from it is ended, by
SIGTERM and then SIGKILL: before the lease ends and somebody else can get the lock, or, where somebody
has deleted the lock's key, within a second.
Without: prints the lock's key once it is held, and holds it until SIGINT or SIGTERM.

A TIME is written as 15s, 1m30s or 500ms; a plain number is seconds.

Exit status: that of COMMAND (128+N if signal N ended it, 127 not found, 126 not executable), or
  64  wrong usage                   75  not acquired: --try, or --timeout is over
  69  etcd cannot be reached        77  etcd refuses us
  70  the lock was lost, or leasehold itself failed)";

struct lock_flags {
    std::string name;
    std::string ttl = "15s";
    std::string timeout;
    std::string value;
    bool try_only = false;
};

/// NAME and COMMAND may stand on either side of `--`; what is behind a NAME is the command's own.
void place_arguments(lock_request& request, const CLI::App& sub, const invocation& call)
{
    request.command = sub.remaining();
    if (!request.command.empty() && request.command.front().starts_with('-'))
        throw failure{exit_usage,
                      "unknown option " + request.command.front() + "; see leasehold lock --help"};

    std::vector<std::string> behind = call.behind_dashes.value_or(std::vector<std::string>{});
    const bool has_name = sub.get_option("NAME")->count() > 0;
    if (!has_name) {
        if (behind.empty())
            throw failure{exit_usage, "the NAME of the lock is missing; see leasehold lock --help"};
        request.name = behind.front();
        behind.erase(behind.begin());
        if (!behind.empty() && behind.front() == "--")
            behind.erase(behind.begin());
    }
    if (!request.command.empty() && call.behind_dashes)
        request.command.emplace_back("--");  // it was an argument of the command
    request.command.insert(request.command.end(), behind.begin(), behind.end());
    if (request.name.empty())
        throw failure{exit_usage, "the NAME of the lock is empty"};
}

lock_request make_request(const lock_flags& flags, const CLI::App& sub, const invocation& call)
{
    lock_request request;
    request.name = flags.name;
    place_arguments(request, sub, call);
    request.ttl = parse_duration(flags.ttl, "--ttl");
    const bool has_timeout = sub.get_option("--timeout")->count() > 0;
    if (has_timeout && flags.try_only)
        throw failure{exit_usage, "--try and --timeout exclude each other"};
    if (has_timeout)
        request.timeout = parse_duration(flags.timeout, "--timeout");
    request.try_only = flags.try_only;
    if (sub.get_option("--value")->count() > 0)
        request.value = flags.value;
    request.connection = call.connection.resolve();
    request.environment = call.environment;
    return request;
}

int lock(const lock_flags& flags, const CLI::App& sub, const invocation& call)
{
    lock_request request = make_request(flags, sub, call);
    std::unique_ptr<lock_run> run;
    try {
        run = std::make_unique<lock_run>(std::move(request));
    } catch (const std::invalid_argument& e) {
        throw explain(e);
    }
    return run->run();
}

}  // namespace

void add_lock_command(CLI::App& app, invocation& call)
{
    auto flags = std::make_shared<lock_flags>();
    CLI::App* sub = app.add_subcommand("lock", "Hold a lock, alone or while a command runs");
    set_usage(*sub, "leasehold lock [OPTIONS] NAME [--] [COMMAND ARGUMENT...]");
    sub->footer(lock_footer);
    sub->prefix_command();
    sub->add_option("NAME", flags->name, "The lock, shared with every program that locks this name")
        ->group("");
    sub->add_option("--ttl", flags->ttl, "How long the lock outlives us if we die, default 15s; at least 1s")
        ->type_name("TIME")
        ->take_last();
    sub->add_option("--timeout", flags->timeout, "Wait so long for the lock at most")
        ->type_name("TIME")
        ->take_last();
    sub->add_flag("--try", flags->try_only, "Do not wait for the lock; not with --timeout");
    sub->add_option("--value", flags->value,
                    "What the lock's key holds, for people who look; default: host, pid and program")
        ->type_name("TEXT")
        ->take_last();
    call.connection.add_behind(*sub);
    sub->callback(
        [sub, flags, &call] { call.run = [sub, flags, &call] { return lock(*flags, *sub, call); }; });
}

}  // namespace leasehold::cli
