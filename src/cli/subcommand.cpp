// SPDX-License-Identifier: Apache-2.0
#include "subcommand.hpp"

#include "exit_code.hpp"

#include <view/text.hpp>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <memory>
#include <utility>

namespace leasehold::cli {

namespace {

/// App::usage() came after CLI11 2.1.
class formatter : public CLI::Formatter {
public:
    explicit formatter(std::string usage) : usage_{std::move(usage)} {}

    std::string make_usage(const CLI::App*, std::string) const override { return "Usage: " + usage_ + "\n"; }

private:
    std::string usage_;
};

}  // namespace

std::optional<std::string> only_argument(const CLI::App& sub, const invocation& call, const std::string& what)
{
    std::vector<std::string> given = call.behind_dashes.value_or(std::vector<std::string>{});
    if (const CLI::Option* option = sub.get_option(what); option->count() > 0)
        given.insert(given.begin(), option->as<std::string>());
    if (given.size() > 1)
        throw failure{exit_usage,
                      "one " + what + " is expected, and " + quote(given[1]) + " is one too many"};
    return given.empty() ? std::nullopt : std::optional{std::move(given.front())};
}

std::string lock_name(const CLI::App& sub, const invocation& call)
{
    auto name = only_argument(sub, call, "NAME");
    if (!name)
        throw failure{exit_usage,
                      "the NAME of the lock is missing; see leasehold " + sub.get_name() + " --help"};
    if (name->empty())
        throw failure{exit_usage, "the NAME of the lock is empty"};
    return *std::move(name);
}

void set_usage(CLI::App& app, const std::string& line)
{
    auto own = std::make_shared<formatter>(line);
    own->column_width(28);
    app.formatter(own);
}

}  // namespace leasehold::cli
