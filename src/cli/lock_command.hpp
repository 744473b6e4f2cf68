// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "subcommand.hpp"

namespace leasehold::cli {

/// `leasehold lock`: holds a lock, alone or while a command runs.
void add_lock_command(CLI::App& app, invocation& call);

}  // namespace leasehold::cli
