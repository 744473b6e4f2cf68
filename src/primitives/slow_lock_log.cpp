// SPDX-License-Identifier: Apache-2.0
#include <leasehold/slow_lock_log.hpp>

#include <algorithm>
#include <iomanip>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>

namespace leasehold {

namespace {

// Names and other people's words may contain anything; a log has lines.
std::string on_one_line(std::string text)
{
    std::replace_if(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }, '?');
    return text;
}

std::string seconds(observer::duration d)
{
    std::ostringstream text;
    text << std::fixed << std::setprecision(3) << std::chrono::duration<double>(d).count() << " s";
    return text.str();
}

std::string quoted(std::string_view lock)
{
    // Not added up: g++ 12 warns of that at -O3, wrongly.
    std::string text{'"'};
    text += lock;
    text += '"';
    return text;
}

}  // namespace

slow_lock_log::slow_lock_log(writer write, slow_lock_options options)
    : write_{std::move(write)}, options_{options}
{
    if (!write_)
        throw std::invalid_argument{"leasehold: the writer of the slow_lock_log is none"};
}

void slow_lock_log::waited(std::string_view lock, duration time, std::string_view outcome) const
{
    if (time >= options_.slow_wait)
        write_(on_one_line("waited " + seconds(time) + " for the lock " + quoted(lock) + ": " +
                           std::string{outcome}));
}

void slow_lock_log::on_acquired(const acquired& e) noexcept
{
    if (e.waited >= options_.slow_wait)
        waited(e.lock, e.waited, "acquired, token " + to_string(e.token));
}

void slow_lock_log::on_timed_out(const timed_out& e) noexcept
{
    waited(e.lock, e.waited, "timed out");
}

void slow_lock_log::on_cancelled(const cancelled& e) noexcept
{
    waited(e.lock, e.waited, "cancelled");
}

void slow_lock_log::on_failed(const failed& e) noexcept
{
    waited(e.lock, e.waited, e.text.empty() ? e.reason.message() : std::string{e.text});
}

void slow_lock_log::on_released(const released& e) noexcept
{
    if (e.held >= options_.long_hold)
        write_(on_one_line("held the lock " + quoted(e.lock) + " for " + seconds(e.held) + ", token " +
                           to_string(e.token)));
}

void slow_lock_log::on_lost(const lost& e) noexcept
{
    write_(on_one_line("lost the lock " + quoted(e.lock) + " after " + seconds(e.held) + ", token " +
                       to_string(e.token) + ": " + std::string{e.text}));
}

void slow_lock_log::on_session_ended(const session_ended& e) noexcept
{
    if (e.reason == errc::session_lost)
        write_(on_one_line("lost a session: " + std::string{e.text}));
}

}  // namespace leasehold
