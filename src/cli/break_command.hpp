// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "subcommand.hpp"

namespace leasehold::cli {

/// `leasehold break`: takes a lock from its holder.
void add_break_command(CLI::App& app, invocation& call);

}  // namespace leasehold::cli
