// SPDX-License-Identifier: Apache-2.0
#include "output.hpp"

#include "exit_code.hpp"

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <sys/ioctl.h>
#include <unistd.h>

namespace leasehold::cli {

namespace {

void write_all(std::string_view text)
{
    while (!text.empty()) {
        const auto written = ::write(STDOUT_FILENO, text.data(), text.size());
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            throw failure{exit_lost, std::string{"cannot write to standard output: "} + std::strerror(errno)};
        text.remove_prefix(static_cast<std::size_t>(written));
    }
}

std::optional<std::size_t> columns_in_environment()
{
    const char* text = std::getenv("COLUMNS");
    if (!text)
        return std::nullopt;
    std::size_t columns = 0;
    const char* end = text + std::strlen(text);
    const auto [rest, ec] = std::from_chars(text, end, columns);
    return ec == std::errc{} && rest == end && columns > 0 ? std::optional{columns} : std::nullopt;
}

}  // namespace

bool output_is_terminal()
{
    return ::isatty(STDOUT_FILENO) == 1;
}

std::optional<std::size_t> terminal_width()
{
    if (const auto columns = columns_in_environment())
        return columns;
    winsize size{};
    if (!output_is_terminal() || ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
        return std::nullopt;
    return size.ws_col;
}

void print(std::string_view line)
{
    write_all(std::string{line} + '\n');
}

void print(const std::vector<std::string>& lines)
{
    std::string text;
    for (const std::string& line : lines) {
        text += line;
        text += '\n';
    }
    write_all(text);
}

}  // namespace leasehold::cli
