// SPDX-License-Identifier: Apache-2.0
#include "subcommand.hpp"

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

void set_usage(CLI::App& app, const std::string& line)
{
    auto own = std::make_shared<formatter>(line);
    own->column_width(28);
    app.formatter(own);
}

}  // namespace leasehold::cli
