// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace leasehold::cli {

/// Whether standard input and output are a terminal that can be written on anywhere.
bool terminal_is_screen();

}  // namespace leasehold::cli
