// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "subcommand.hpp"

namespace leasehold::cli {

/// `leasehold hold`: owns a name and publishes a value there, until a signal.
void add_hold_command(CLI::App& app, invocation& call);

}  // namespace leasehold::cli
