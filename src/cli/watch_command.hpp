// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "subcommand.hpp"

namespace leasehold::cli {

/// `leasehold watch`: prints who holds locks, and every change of it.
void add_watch_command(CLI::App& app, invocation& call);

}  // namespace leasehold::cli
