// SPDX-License-Identifier: Apache-2.0
#include "queue_command.hpp"

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

constexpr const char* queue_footer =
    R"(Position 0 holds the lock; the others wait, in this order. Programs, and since when
they have wanted the lock, are there for those who left a record of themselves.
With --json: one object on a line for each.

Exit status: as leasehold get.)";

struct queue_flags {
    std::string name;
    bool json = false;
};

asio::awaitable<int> list_queue(client c, std::string name, bool json)
{
    auto finding = find_queue(std::move(c), name);
    const std::vector<key_value> queue = co_await std::move(finding);
    if (queue.empty())
        throw failure{exit_not_held, "nobody holds the lock " + quote(name) + " or waits for it"};
    if (!json) {
        print(queue_lines(queue, terminal_width()));
        co_return exit_success;
    }
    std::vector<std::string> lines;
    for (const key_value& entry : queue)
        lines.push_back(queue_json(entry, lines.size()).text());
    print(lines);
    co_return exit_success;
}

}  // namespace

void add_queue_command(CLI::App& app, invocation& call)
{
    CLI::App* sub = app.add_subcommand("queue", "List who holds a lock and who waits for it");
    set_usage(*sub, "leasehold queue [OPTIONS] NAME");
    sub->footer(queue_footer);
    const auto flags = std::make_shared<queue_flags>();
    sub->add_option("NAME", flags->name, "The lock")->group("");
    sub->add_flag("--json", flags->json, "For programs");
    call.connection.add_behind(*sub);
    sub->callback([sub, flags, &call] {
        call.run = [sub, flags, &call] {
            flags->name = lock_name(*sub, call);
            return run_query(
                call.connection.resolve(), "read the queue of the lock " + quote(flags->name),
                [flags](client c) { return list_queue(std::move(c), flags->name, flags->json); });
        };
    });
}

}  // namespace leasehold::cli
