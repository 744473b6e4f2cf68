// SPDX-License-Identifier: Apache-2.0
#include "top_command.hpp"

#include "duration.hpp"
#include "exit_code.hpp"
#include "report.hpp"
#include "top_run.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

namespace leasehold::cli {

namespace {

using namespace std::chrono_literals;

constexpr auto shortest_interval = 100ms;

constexpr const char* top_footer =
    R"(Shows the locks whose names begin with PREFIX, or all, until q or Ctrl-C. Keys: w, h and n sort by waiters,
hold time and name; arrows, Page Up, Page Down, Home and End scroll. etcd keeps no times: what was held at
the first look has been held for longer (">") than we have looked, and for no longer ("<") than its owner has
wanted it, if that left a record; the oldest key comes first.
Where there is no terminal it prints everything once and leaves, 80 columns wide or COLUMNS.

Exit status: as leasehold get.)";

struct top_flags {
    std::string prefix;
    std::string sort = "waiters";
    std::string interval = "2s";
    bool once = false;
};

lock_order parse_order(const std::string& text)
{
    if (text == "waiters")
        return lock_order::by_waiters;
    if (text == "hold")
        return lock_order::by_hold;
    if (text == "name")
        return lock_order::by_name;
    throw failure{exit_usage, "--sort: '" + text + "' is none of waiters, hold, name"};
}

top_request make_request(const top_flags& flags, const CLI::App& sub, const invocation& call)
{
    top_request request;
    request.prefix = only_argument(sub, call, "PREFIX").value_or("");
    request.order = parse_order(flags.sort);
    request.interval = parse_duration(flags.interval, "--interval");
    if (request.interval < shortest_interval)
        throw failure{exit_usage, "--interval: '" + flags.interval + "' is less than 100ms"};
    request.once = flags.once;
    request.connection = call.connection.resolve();
    return request;
}

int top(top_request request)
{
    std::unique_ptr<top_run> run;
    try {
        run = std::make_unique<top_run>(std::move(request));
    } catch (const std::invalid_argument& e) {
        throw explain(e);
    }
    return run->run();
}

}  // namespace

void add_top_command(CLI::App& app, invocation& call)
{
    CLI::App* sub = app.add_subcommand("top", "Show locks on a live screen");
    set_usage(*sub, "leasehold top [OPTIONS] [PREFIX]");
    sub->footer(top_footer);
    const auto flags = std::make_shared<top_flags>();
    sub->add_option("PREFIX", flags->prefix, "What the names of the locks begin with")->group("");
    sub->add_option("--sort", flags->sort, "waiters (the default), hold or name")
        ->type_name("ORDER")
        ->take_last();
    sub->add_option("--interval", flags->interval, "Look at etcd so often, default 2s; at least 100ms")
        ->type_name("TIME")
        ->take_last();
    sub->add_flag("--once", flags->once, "Print once, on a terminal too");
    call.connection.add_behind(*sub);
    sub->callback([sub, flags, &call] {
        call.run = [sub, flags, &call] { return top(make_request(*flags, *sub, call)); };
    });
}

}  // namespace leasehold::cli
