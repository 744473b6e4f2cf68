// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "connection.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace leasehold::cli {

/// What all subcommands share while the command line is parsed.
struct invocation {
    connection_flags connection;
    /// What stood behind the first `--`, untouched.
    std::optional<std::vector<std::string>> behind_dashes;
    /// As it was when the program began.
    std::vector<std::string> environment;
    /// Set by the subcommand that was named: does its work, once parsing is over, and returns the exit code.
    std::function<int()> run;
};

/**
 * \brief The only argument of a subcommand that takes one, on either side of `--`.
 *
 * \param what its name in messages and among the subcommand's options, where it was added as such.
 * \return nothing when it was left out.
 * \throws failure with `exit_usage` for more than one.
 */
std::optional<std::string> only_argument(const CLI::App& sub, const invocation& call,
                                         const std::string& what);

/// The NAME of a lock as the only argument, added to the subcommand under that name.
/// \throws failure with `exit_usage` also when there is none, or an empty one.
std::string lock_name(const CLI::App& sub, const invocation& call);

/// Sets the line that `--help` begins with.
void set_usage(CLI::App& app, const std::string& line);

}  // namespace leasehold::cli
