// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace leasehold::cli {

/// What somebody who typed a word that is none of these may have meant: one that it is the beginning of, or
/// that differs by two letters at most and by half of them at most (left out, added, replaced, or two
/// neighbours exchanged).
std::optional<std::string> suggestion(std::string_view typed, const std::vector<std::string>& words);

}  // namespace leasehold::cli
