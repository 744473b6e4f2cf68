// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "subcommand.hpp"

namespace leasehold::cli {

/// `leasehold get`: prints the value of a lock's holder.
void add_get_command(CLI::App& app, invocation& call);

}  // namespace leasehold::cli
