// SPDX-License-Identifier: Apache-2.0
#include "break_command.hpp"

#include "exit_code.hpp"
#include "looking.hpp"
#include "output.hpp"
#include "query.hpp"

#include <view/lock_report.hpp>
#include <view/owner.hpp>
#include <view/queue_key.hpp>
#include <view/text.hpp>

#include <leasehold/diagnostics.hpp>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <iostream>
#include <memory>
#include <string>
#include <unistd.h>
#include <utility>

namespace leasehold::cli {

namespace {

constexpr const char* break_footer =
    R"(Deletes the key with which somebody holds the lock, so that the next in the queue gets it at once. A
holder that runs with leasehold is told that it has lost the lock; others may go on as if they held it.
Asks before it does so. Nothing is deleted if the lock has changed hands meanwhile.

Exit status:
  64  wrong usage                   70  leasehold itself failed
  66  nobody holds the lock         75  not broken: declined, or the lock has changed hands
  69  etcd cannot be reached        77  etcd refuses us)";

struct break_flags {
    std::string name;
    bool force = false;
};

std::string describe(const key_value& holder)
{
    const auto o = parse_owner_record(holder.value);
    const std::string value = value_text(o, holder.value);
    return who(o, holder.lease) + (value.empty() ? "" : ", value '" + value + "'");
}

/// Blocks, with nothing of ours going on meanwhile.
bool confirm(const std::string& question)
{
    std::cerr << question << " [y/N] " << std::flush;
    std::string answer;
    std::getline(std::cin, answer);
    return answer == "y" || answer == "Y" || answer == "yes";
}

transaction deletion_of(const key_value& holder)
{
    transaction t;
    t.when.push_back(compare::create_revision(holder.key) == holder.create_revision);
    t.then.emplace_back(remove_request{holder.key, {}});
    return t;
}

asio::awaitable<int> break_lock(client c, std::string name, bool force)
{
    auto finding = find_holder(c, name);
    const holding found = co_await std::move(finding);
    if (!found.holder)
        throw failure{exit_not_held, "nobody holds the lock " + quote(name)};
    if (const auto lock = lock_of(*found.holder); lock && *lock != name)
        throw failure{exit_not_acquired, "the lock " + quote(name) + " waits for the holder of the lock " +
                                             quote(std::string{*lock}) +
                                             ", whose key is in its queue; nothing was deleted"};
    const std::string holder = describe(*found.holder);
    if (!force && !confirm("The lock " + quote(name) + " is held by " + holder + ". Break it?"))
        throw failure{exit_not_acquired, "the lock " + quote(name) + " is left as it is"};

    auto deleting = c.txn(deletion_of(*found.holder), with_diagnostics());
    const transaction_result done = co_await std::move(deleting);
    if (!done.succeeded)
        throw failure{exit_not_acquired,
                      "the lock " + quote(name) + " has changed hands meanwhile; nothing was deleted"};
    print("broke the lock " + quote(name) + ", held by " + holder + ": deleted " + escape(found.holder->key));
    co_return exit_success;
}

int run_break(const break_flags& flags, const invocation& call)
{
    if (!flags.force && ::isatty(STDIN_FILENO) != 1)
        throw failure{exit_usage,
                      "there is no terminal to ask on; to break the lock without being asked: --force"};
    return run_query(call.connection.resolve(), "break the lock " + quote(flags.name),
                     [&flags](client c) { return break_lock(std::move(c), flags.name, flags.force); });
}

}  // namespace

void add_break_command(CLI::App& app, invocation& call)
{
    CLI::App* sub = app.add_subcommand("break", "Take a lock from its holder");
    set_usage(*sub, "leasehold break [OPTIONS] NAME");
    sub->footer(break_footer);
    const auto flags = std::make_shared<break_flags>();
    sub->add_option("NAME", flags->name, "The lock")->group("");
    sub->add_flag("--force", flags->force, "Do not ask");
    call.connection.add_behind(*sub);
    sub->callback([sub, flags, &call] {
        call.run = [sub, flags, &call] {
            flags->name = lock_name(*sub, call);
            return run_break(*flags, call);
        };
    });
}

}  // namespace leasehold::cli
