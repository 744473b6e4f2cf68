// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "subcommand.hpp"

namespace leasehold::cli {

/// `leasehold queue`: lists who holds a lock and who waits for it.
void add_queue_command(CLI::App& app, invocation& call);

}  // namespace leasehold::cli
