// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace leasehold::cli {

/// Whether standard output goes to a terminal.
bool output_is_terminal();

/// The columns of the terminal that standard output goes to, if it does; the variable COLUMNS beats it.
std::optional<std::size_t> terminal_width();

/// Writes lines to standard output, all of them before it returns.
/// \throws failure with `exit_lost` when they cannot be written.
void print(std::string_view line);
void print(const std::vector<std::string>& lines);

}  // namespace leasehold::cli
