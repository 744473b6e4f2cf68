// SPDX-License-Identifier: Apache-2.0
#include "hold_command.hpp"

#include "duration.hpp"
#include "exit_code.hpp"
#include "hold_run.hpp"
#include "report.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace leasehold::cli {

namespace {

constexpr const char* hold_footer =
    R"(Waits for its turn, publishes VALUE as the owner of NAME, and queues again when it loses the name, for
whatever reason. Prints a line at each change:

  waiting               behind those who came before, or for etcd
  owned TOKEN           a number that grows from owner to owner
  not owned: REASON     and queueing again

SIGINT or SIGTERM ends it and gives the name to the next in the queue.

The name of the lock is DIRECTORY and NAME: with the default, leasehold get locker/NAME prints the value.
A TIME is written as 15s, 1m30s or 500ms; a plain number is seconds. NAME and VALUE may stand behind -- if
they begin with a dash.

Exit status: 0 after SIGINT or SIGTERM, 128+N after another signal N, or
  64  wrong usage; etcd refuses the name or the value, as too large for example
  70  leasehold itself failed)";

struct hold_flags {
    std::vector<std::string> name_and_value;
    std::string ttl = "5s";
    std::string directory = "locker/";
};

hold_request make_request(const hold_flags& flags, const invocation& call)
{
    auto words = flags.name_and_value;
    if (call.behind_dashes)
        words.insert(words.end(), call.behind_dashes->begin(), call.behind_dashes->end());
    if (words.size() != 2)
        throw failure{exit_usage, std::string{words.size() < 2 ? "NAME or VALUE is missing"
                                                               : "more than a NAME and a VALUE"} +
                                      "; see leasehold hold --help"};
    hold_request request;
    request.name = std::move(words[0]);
    request.value = std::move(words[1]);
    if (request.name.empty())
        throw failure{exit_usage, "the NAME is empty"};
    request.options.ttl = parse_duration(flags.ttl, "--ttl");
    request.options.directory = flags.directory;
    request.connection = call.connection.resolve();
    return request;
}

int hold(const hold_flags& flags, const invocation& call)
{
    hold_request request = make_request(flags, call);
    std::unique_ptr<hold_run> run;
    try {
        run = std::make_unique<hold_run>(std::move(request));
    } catch (const std::invalid_argument& e) {
        throw explain(e);
    }
    return run->run();
}

}  // namespace

void add_hold_command(CLI::App& app, invocation& call)
{
    auto flags = std::make_shared<hold_flags>();
    CLI::App* sub = app.add_subcommand("hold", "Own a name and publish a value there, until a signal");
    set_usage(*sub, "leasehold hold [OPTIONS] NAME VALUE");
    sub->footer(hold_footer);
    sub->add_option("NAME", flags->name_and_value, "The name, and what is published there")->group("");
    sub->add_option("--ttl", flags->ttl, "How long the name stays ours if we die, default 5s; at least 1s")
        ->type_name("TIME")
        ->take_last();
    sub->add_option("--directory", flags->directory, "What the keys of all names begin with, default locker/")
        ->type_name("TEXT")
        ->take_last();
    call.connection.add_behind(*sub);
    sub->callback([flags, &call] { call.run = [flags, &call] { return hold(*flags, call); }; });
}

}  // namespace leasehold::cli
