// SPDX-License-Identifier: Apache-2.0
#include "terminal.hpp"

#include <cstdlib>
#include <unistd.h>

// A file of its own for them: they make macros of common words.
#include <curses.h>
#include <term.h>

namespace leasehold::cli {

bool terminal_is_screen()
{
    if (::isatty(STDIN_FILENO) != 1 || ::isatty(STDOUT_FILENO) != 1 || !std::getenv("TERM"))
        return false;
    int error = 0;
    if (::setupterm(nullptr, STDOUT_FILENO, &error) != OK)
        return false;
    const char* const move = ::tigetstr("cup");
    return move &&
           move != reinterpret_cast<char*>(-1);  // NOLINT(performance-no-int-to-ptr): so it says "none"
}

}  // namespace leasehold::cli
