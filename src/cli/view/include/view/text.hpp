// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace leasehold::cli {

/**
 * \brief Any bytes as one line of visible text, for a terminal or a report.
 *
 * Visible UTF-8 stays as it is. A backslash becomes two; newline, carriage return and tab become `\n`, `\r`
 * and `\t`; every other byte that cannot be shown becomes `\xNN`. Different bytes give different text.
 */
std::string escape(std::string_view bytes);

/// \ref escape, in single quotes: for messages.
std::string quote(std::string_view bytes);

/// How many columns a line of visible UTF-8 takes.
std::size_t width_of(std::string_view text);

/// The line, or as much of its beginning as fits into so many columns, an ellipsis in the last one.
std::string clip(std::string_view text, std::size_t width);

/// The line, or as much of its end as fits, behind an ellipsis: for names, which differ at their ends.
std::string clip_front(std::string_view text, std::size_t width);

enum class side { left, right };

/// The line with spaces up to a width; unchanged when it is as wide already.
/// \param text_at where the text goes.
std::string pad(std::string text, std::size_t width, side text_at = side::left);

}  // namespace leasehold::cli
