// SPDX-License-Identifier: Apache-2.0
#include "screen.hpp"

#include <clocale>
#include <cstring>
#include <langinfo.h>
#include <sys/ioctl.h>
#include <unistd.h>

// Macros instead of functions are more than other headers bear.
#define NCURSES_NOMACROS 1
#include <curses.h>

namespace leasehold::cli {

namespace {

/// What we print is UTF-8 whatever the locale; ncurses asks the locale.
void use_utf8()
{
    if (std::setlocale(LC_CTYPE, "") && std::strcmp(::nl_langinfo(CODESET), "UTF-8") == 0)
        return;
    std::setlocale(LC_CTYPE, "C.UTF-8");
}

attr_t attributes_of(screen_line::style style)
{
    switch (style) {
    case screen_line::style::title:
        return A_REVERSE;
    case screen_line::style::warning:
        return A_BOLD;
    case screen_line::style::plain:
        break;
    }
    return A_NORMAL;
}

std::optional<top_command> command_of_key(int key)
{
    switch (key) {
    case KEY_UP:
        return top_command::up;
    case KEY_DOWN:
        return top_command::down;
    case KEY_PPAGE:
        return top_command::page_up;
    case KEY_NPAGE:
        return top_command::page_down;
    case KEY_HOME:
        return top_command::first;
    case KEY_END:
        return top_command::last;
    default:
        return key >= 0 && key < 128 ? command_of(static_cast<char>(key)) : std::nullopt;
    }
}

}  // namespace

screen::screen()
{
    use_utf8();
    ::initscr();
    ::cbreak();
    ::noecho();
    ::nonl();
    ::curs_set(0);
    ::intrflush(stdscr, FALSE);
    ::keypad(stdscr, TRUE);
    ::nodelay(stdscr, TRUE);
    ::set_escdelay(25);
}

screen::~screen()
{
    ::endwin();
}

std::size_t screen::width() const
{
    return static_cast<std::size_t>(::getmaxx(stdscr));
}

std::size_t screen::height() const
{
    return static_cast<std::size_t>(::getmaxy(stdscr));
}

void screen::resize()
{
    winsize size{};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0)
        ::resizeterm(size.ws_row, size.ws_col);
}

void screen::draw(const std::vector<screen_line>& lines, bool anew)
{
    ::werase(stdscr);
    int y = 0;
    for (const screen_line& line : lines) {
        ::wattrset(stdscr, static_cast<int>(attributes_of(line.look)));
        ::mvwaddnstr(stdscr, y, 0, line.text.c_str(), -1);
        ++y;
    }
    ::wattrset(stdscr, A_NORMAL);
    if (anew)
        ::clearok(stdscr, TRUE);
    ::wrefresh(stdscr);
}

std::optional<top_command> screen::read_command()
{
    for (;;) {
        const int key = ::wgetch(stdscr);
        if (key == ERR)
            return std::nullopt;
        if (const auto command = command_of_key(key))
            return command;
    }
}

}  // namespace leasehold::cli
