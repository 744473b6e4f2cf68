// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <leasehold/options.hpp>

#include <functional>
#include <map>
#include <string>

namespace CLI {
class App;
}

namespace leasehold::cli {

/**
 * \brief The flags that say how to reach etcd, with the names and environment variables of `etcdctl`.
 *
 * Every flag may stand before or behind the subcommand. What is behind wins, then what is before, then the
 * environment (`ETCDCTL_ENDPOINTS` and so on), then the default.
 */
class connection_flags {
public:
    /// Registers them with the main command.
    void add_before(CLI::App& app) { add(app, before_); }
    /// Registers them with a subcommand.
    void add_behind(CLI::App& app) { add(app, behind_); }

    /// To be called after parsing.
    /// \throws failure with `exit_usage` for a value that makes no sense or a file that cannot be read.
    client_options resolve() const;

private:
    using values = std::map<std::string, std::string, std::less<>>;

    static void add(CLI::App& app, values& given);

    values before_;
    values behind_;
};

}  // namespace leasehold::cli
