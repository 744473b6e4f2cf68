// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <view/top_view.hpp>

#include <cstddef>
#include <optional>
#include <vector>

namespace leasehold::cli {

/// \brief The terminal as a screen, by ncurses, from the construction to the destruction. One at a time.
class screen {
public:
    /// \pre \ref terminal_is_screen
    screen();
    ~screen();
    screen(const screen&) = delete;
    screen& operator=(const screen&) = delete;

    std::size_t width() const;
    std::size_t height() const;

    /// To be called when the terminal has another size now (SIGWINCH).
    void resize();

    /// \param anew even what should be there already.
    void draw(const std::vector<screen_line>& lines, bool anew = false);

    /// What the next key asks for, without waiting. Keys that ask for nothing are skipped; nothing when
    /// none is left.
    std::optional<top_command> read_command();
};

}  // namespace leasehold::cli
