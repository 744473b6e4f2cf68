// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdexcept>
#include <string>

namespace leasehold::cli {

/// What the command ends with, in the manner of sysexits.h and of shells. Otherwise: the status of the
/// command that was run, or \ref signalled.
enum exit_code : int {
    exit_success = 0,
    exit_usage = 64,        ///< the command line, or a value on it or in the environment, is wrong
    exit_not_held = 66,     ///< nobody holds the lock that was asked for
    exit_unavailable = 69,  ///< etcd cannot be reached, or cannot serve
    exit_lost = 70,         ///< the lock was lost; also any failure inside leasehold
    exit_not_acquired =
        75,  ///< somebody else holds the lock: --try, or --timeout is over; or it was not broken
    exit_no_permission = 77,  ///< etcd refuses us
    exit_cannot_run = 126,    ///< the command is no executable program
    exit_not_found = 127,     ///< the command does not exist
};

/// The exit code of a program that a signal ended, as shells tell it.
constexpr int signalled(int number) noexcept
{
    return 128 + number;
}

/// Ends the command: `what()` goes to standard error, behind "leasehold: ".
class failure : public std::runtime_error {
public:
    failure(int code, const std::string& message) : runtime_error{message}, code_{code} {}

    int code() const noexcept { return code_; }

private:
    int code_;
};

}  // namespace leasehold::cli
