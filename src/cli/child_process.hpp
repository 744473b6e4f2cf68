// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "signals.hpp"

#include <optional>
#include <string>
#include <sys/types.h>
#include <utility>
#include <vector>

namespace leasehold::cli {

/**
 * \brief The command that runs while the lock is held.
 *
 * It stays in our process group, so it is in the terminal's foreground group when we are, stops and continues
 * with us, and a pipeline or script around us behaves as without us. (While we are stopped, nobody renews the
 * lease: a lock that was lost meanwhile is found lost when we are continued.) Processes it leaves behind
 * become our children (PR_SET_CHILD_SUBREAPER), so that none escapes when the lock is lost: neither a process
 * group nor a session is a way out.
 */
class child_process {
public:
    using variables = std::vector<std::pair<std::string, std::string>>;

    /**
     * Starts it, looked up in PATH, with that environment in which `set` is set. Should we be killed, it gets
     * SIGTERM (PR_SET_PDEATHSIG, hence to be called on the main thread).
     * \throws failure with `exit_not_found` or `exit_cannot_run`.
     */
    child_process(const std::vector<std::string>& command, const std::vector<std::string>& environment,
                  const variables& set, const signals& state);

    /// To be called upon SIGCHLD: collects whatever has ended.
    void reap();

    /// The exit code in the manner of shells, once the command has ended.
    const std::optional<int>& exit_status() const noexcept { return exit_status_; }

    /// Sends a signal to the command, unless it has ended.
    void send(int number) const noexcept;

    /// Sends a signal to the command and all its descendants.
    void send_to_all(int number) const;

    /// Whether the command or a descendant is left.
    bool any_left() const noexcept;

private:
    pid_t pid_ = -1;
    std::optional<int> exit_status_;
};

}  // namespace leasehold::cli
