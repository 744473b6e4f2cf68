// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "subcommand.hpp"

namespace leasehold::cli {

/// `leasehold top`: shows locks on a live screen.
void add_top_command(CLI::App& app, invocation& call);

}  // namespace leasehold::cli
