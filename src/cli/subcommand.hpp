// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "connection.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace leasehold::cli {

/// What all subcommands share while the command line is parsed.
struct invocation {
    connection_flags connection;
    /// What stood behind the first `--`, untouched.
    std::optional<std::vector<std::string>> behind_dashes;
    /// Set by the subcommand that was named: does its work, once parsing is over, and returns the exit code.
    std::function<int()> run;
};

/// Sets the line that `--help` begins with.
void set_usage(CLI::App& app, const std::string& line);

}  // namespace leasehold::cli
