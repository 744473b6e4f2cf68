// SPDX-License-Identifier: Apache-2.0
#include "watch_command.hpp"

#include "exit_code.hpp"
#include "output.hpp"
#include "query.hpp"
#include "watch_run.hpp"

#include <view/lock_report.hpp>
#include <view/text.hpp>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <memory>
#include <string>
#include <utility>

namespace leasehold::cli {

namespace {

constexpr const char* watch_footer =
    R"(Prints who holds the lock NAME, and then a line whenever that or the value of the holder changes, until
it is ended. A NAME that ends in a slash is a prefix: every lock whose name begins with it is watched.
A line has fields that tabs divide: "held", the name, the holder and the value; or "free" and the name.
With --json: one object a line. Changes are not missed while etcd is away; if it has compacted them
meanwhile, what has become of them is printed.

Exit status: as leasehold get, when it ends by itself.)";

struct watch_flags {
    watch_request request;
    bool json = false;
};

void print_line(const holders::change& change)
{
    print(change_line(change.name, change.holder));
}

void print_json(const holders::change& change)
{
    print(change_json(change.name, change.holder, change.at).text());
}

watch_request make_request(const CLI::App& sub, const invocation& call, watch_request request)
{
    const auto name = only_argument(sub, call, "NAME");
    if (!name && !request.prefix)
        throw failure{exit_usage, "the NAME of the lock is missing; see leasehold watch --help"};
    request.name = name.value_or("");
    if (request.name.empty() && !request.prefix)
        throw failure{exit_usage,
                      "the NAME of the lock is empty; to watch every lock: leasehold watch --prefix"};
    request.prefix = request.prefix || request.name.ends_with('/');
    return request;
}

}  // namespace

void add_watch_command(CLI::App& app, invocation& call)
{
    CLI::App* sub = app.add_subcommand("watch", "Print who holds locks, and every change of it");
    set_usage(*sub, "leasehold watch [OPTIONS] NAME|PREFIX/");
    sub->footer(watch_footer);
    const auto flags = std::make_shared<watch_flags>();
    sub->add_option("NAME", flags->request.name, "The lock, or a prefix")->group("");
    sub->add_flag("--prefix", flags->request.prefix, "NAME is a prefix though it does not end in a slash");
    sub->add_flag("--json", flags->json, "For programs");
    call.connection.add_behind(*sub);
    sub->callback([sub, flags, &call] {
        call.run = [sub, flags, &call] {
            const watch_request request = make_request(*sub, call, flags->request);
            const auto report = flags->json ? print_json : print_line;
            return run_query(call.connection.resolve(), "watch " + quote(request.name),
                             [&](client c) { return watch_locks(std::move(c), request, report); });
        };
    });
}

}  // namespace leasehold::cli
