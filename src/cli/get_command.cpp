// SPDX-License-Identifier: Apache-2.0
#include "get_command.hpp"

#include "exit_code.hpp"
#include "looking.hpp"
#include "output.hpp"
#include "query.hpp"

#include <view/text.hpp>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <memory>
#include <string>
#include <utility>

namespace leasehold::cli {

namespace {

constexpr const char* get_footer =
    R"(The value is printed as it is, or escaped if it goes to a terminal.

Exit status:
  64  wrong usage                   70  leasehold itself failed
  66  nobody holds the lock         77  etcd refuses us
  69  etcd cannot be reached)";

asio::awaitable<int> get(client c, std::string name)
{
    auto finding = find_holder(std::move(c), name);
    const holding found = co_await std::move(finding);
    if (!found.holder)
        throw failure{exit_not_held, "nobody holds the lock " + quote(name)};
    print(output_is_terminal() ? escape(found.holder->value) : found.holder->value);
    co_return exit_success;
}

}  // namespace

void add_get_command(CLI::App& app, invocation& call)
{
    CLI::App* sub = app.add_subcommand("get", "Print the value of a lock's holder");
    set_usage(*sub, "leasehold get [OPTIONS] NAME");
    sub->footer(get_footer);
    const auto name = std::make_shared<std::string>();
    sub->add_option("NAME", *name, "The lock")->group("");
    call.connection.add_behind(*sub);
    sub->callback([sub, name, &call] {
        call.run = [sub, name, &call] {
            *name = lock_name(*sub, call);
            return run_query(call.connection.resolve(), "read the lock " + quote(*name),
                             [name](client c) { return get(std::move(c), *name); });
        };
    });
}

}  // namespace leasehold::cli
