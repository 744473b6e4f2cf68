// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

namespace leasehold::cli {

/// Takes the first character off, if it is one: no overlong form, no surrogate, nothing above U+10FFFF.
/// \pre `text` is not empty. Untouched when nothing is returned.
std::optional<char32_t> take_character(std::string_view& text);

/// Whether all of it is UTF-8.
bool is_utf8(std::string_view text);

/// How many columns of a terminal a character takes: 0 for one that combines with the one before it, 2 for
/// the wide ones of East Asia and pictographs, else 1. Terminals differ in the rarer ones.
int columns_of(char32_t character);

/// Whether a character shows as itself on a terminal: it neither controls it nor is invisible, nor does it
/// change the direction of what follows.
bool is_visible(char32_t character);

}  // namespace leasehold::cli
