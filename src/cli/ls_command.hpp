// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "subcommand.hpp"

namespace leasehold::cli {

/// `leasehold ls`: lists locks.
void add_ls_command(CLI::App& app, invocation& call);

}  // namespace leasehold::cli
