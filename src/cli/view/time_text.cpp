// SPDX-License-Identifier: Apache-2.0
#include <view/time_text.hpp>

#include <algorithm>
#include <cstdint>

namespace leasehold::cli {

namespace {

std::string two_digits(std::int64_t number)
{
    std::string text = std::to_string(number);
    if (number < 10)
        text.insert(text.begin(), '0');
    return text;
}

}  // namespace

std::string short_duration(std::chrono::seconds duration)
{
    const std::int64_t seconds = std::max<std::int64_t>(duration.count(), 0);
    const std::int64_t minutes = seconds / 60;
    const std::int64_t hours = minutes / 60;
    const std::int64_t days = hours / 24;
    if (minutes == 0)
        return std::to_string(seconds) + 's';
    if (hours == 0)
        return std::to_string(minutes) + 'm' + two_digits(seconds % 60) + 's';
    if (days == 0)
        return std::to_string(hours) + 'h' + two_digits(minutes % 60) + 'm';
    if (days < 100)
        return std::to_string(days) + 'd' + two_digits(hours % 24) + 'h';
    return std::to_string(days) + 'd';
}

std::string timestamp(std::chrono::sys_seconds moment)
{
    const auto day = std::chrono::floor<std::chrono::days>(moment);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss time{moment - day};
    return std::to_string(static_cast<int>(date.year())) + '-' +
           two_digits(static_cast<unsigned>(date.month())) + '-' +
           two_digits(static_cast<unsigned>(date.day())) + 'T' + two_digits(time.hours().count()) + ':' +
           two_digits(time.minutes().count()) + ':' + two_digits(time.seconds().count()) + 'Z';
}

}  // namespace leasehold::cli
