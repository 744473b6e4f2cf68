// SPDX-License-Identifier: Apache-2.0
#include "ls_command.hpp"

#include "exit_code.hpp"
#include "looking.hpp"
#include "output.hpp"
#include "query.hpp"

#include <view/lock_report.hpp>
#include <view/text.hpp>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace leasehold::cli {

namespace {

constexpr const char* ls_footer =
    R"(Lists the locks whose names begin with PREFIX, or all: the holder and since when it has wanted the lock (if
it left a record of that), what is left of its lease unless it is renewed, how many wait, and the value.
A key is taken for one of a lock when its last part is the number of its own lease, as lock writes it.
With --json: one object on a line for each lock.

Exit status: as leasehold get; 0 also when there is no lock.)";

struct ls_flags {
    std::string prefix;
    bool json = false;
    bool names = false;
};

asio::awaitable<int> list_names(client c, std::string prefix)
{
    auto finding = find_names(std::move(c), std::move(prefix));
    std::vector<std::string> names = co_await std::move(finding);
    for (std::string& name : names)
        name = escape(name);
    print(names);
    co_return exit_success;
}

asio::awaitable<int> list_locks(client c, std::string prefix, bool json)
{
    auto finding = find_locks(c, std::move(prefix));
    lock_listing listing = co_await std::move(finding);
    auto asking = find_ttls(std::move(c), leases_of(listing.rows));
    const auto left = co_await std::move(asking);
    set_ttls(listing.rows, left);
    if (!json) {
        print(lock_lines(listing.rows, terminal_width()));
        co_return exit_success;
    }
    std::vector<std::string> lines;
    for (const lock_row& row : listing.rows)
        lines.push_back(lock_json(row).text());
    print(lines);
    co_return exit_success;
}

}  // namespace

void add_ls_command(CLI::App& app, invocation& call)
{
    CLI::App* sub = app.add_subcommand("ls", "List locks: who holds them, how many wait");
    set_usage(*sub, "leasehold ls [OPTIONS] [PREFIX]");
    sub->footer(ls_footer);
    const auto flags = std::make_shared<ls_flags>();
    sub->add_option("PREFIX", flags->prefix, "What the names of the locks begin with")->group("");
    CLI::Option* json = sub->add_flag("--json", flags->json, "For programs");
    sub->add_flag("--names", flags->names, "Only the names, one a line")->excludes(json);
    call.connection.add_behind(*sub);
    sub->callback([sub, flags, &call] {
        call.run = [sub, flags, &call] {
            flags->prefix = only_argument(*sub, call, "PREFIX").value_or("");
            return run_query(call.connection.resolve(), listing_of(flags->prefix), [flags](client c) {
                return flags->names ? list_names(std::move(c), flags->prefix)
                                    : list_locks(std::move(c), flags->prefix, flags->json);
            });
        };
    });
}

}  // namespace leasehold::cli
