// SPDX-License-Identifier: Apache-2.0
#include "duration.hpp"

#include "exit_code.hpp"

#include <array>
#include <cctype>
#include <cmath>
#include <optional>

namespace leasehold::cli {

namespace {

struct unit {
    std::string_view suffix;
    long double seconds;
};

// A suffix that another one begins with comes after it.
constexpr std::array units{
    unit{"ns", 1e-9L}, unit{"us", 1e-6L}, unit{"µs", 1e-6L}, unit{"μs", 1e-6L},
    unit{"ms", 1e-3L}, unit{"s", 1.0L},   unit{"m", 60.0L},  unit{"h", 3600.0L},
};

constexpr long double longest = 100.0L * 365 * 24 * 3600;

bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/// Takes digits with at most one point in or around them.
std::optional<long double> take_number(std::string_view& text)
{
    long double value = 0;
    long double place = 0;  // of the next digit behind the point
    std::size_t digits = 0;
    for (; !text.empty(); text.remove_prefix(1)) {
        const char c = text.front();
        if (c == '.' && place == 0) {
            place = 0.1L;
        } else if (is_digit(c)) {
            ++digits;
            if (place == 0) {
                value = value * 10 + (c - '0');
            } else {
                value += place * (c - '0');
                place /= 10;
            }
        } else {
            break;
        }
    }
    return digits ? std::optional{value} : std::nullopt;
}

std::optional<long double> take_unit(std::string_view& text)
{
    for (const unit& u : units) {
        if (text.starts_with(u.suffix)) {
            text.remove_prefix(u.suffix.size());
            return u.seconds;
        }
    }
    return std::nullopt;
}

std::optional<long double> parse_seconds(std::string_view text)
{
    long double total = 0;
    bool first = true;
    do {
        const auto number = take_number(text);
        if (!number)
            return std::nullopt;
        if (first && text.empty())
            return number;  // no unit at all
        const auto seconds = take_unit(text);
        if (!seconds)
            return std::nullopt;
        total += *number * *seconds;
        first = false;
    } while (!text.empty());
    return total;
}

}  // namespace

std::chrono::milliseconds parse_duration(std::string_view text, const std::string& what)
{
    const auto seconds = parse_seconds(text);
    if (!seconds)
        throw failure{exit_usage,
                      what + ": '" + std::string{text} +
                          "' is not a duration; write for example 15s, 1m30s, 500ms, or 15 (seconds)"};
    if (*seconds > longest)
        throw failure{exit_usage, what + ": '" + std::string{text} + "' is more than 100 years"};
    // A little less than the exact value first: 0.3 s must not become 301 ms.
    return std::chrono::milliseconds{static_cast<std::int64_t>(std::ceil(*seconds * 1000 - 1e-7L))};
}

}  // namespace leasehold::cli
