// SPDX-License-Identifier: Apache-2.0
#include <view/lock_report.hpp>
#include <view/text.hpp>
#include <view/text_table.hpp>
#include <view/time_text.hpp>
#include <view/top_view.hpp>

#include <algorithm>
#include <numeric>
#include <utility>

namespace leasehold::cli {

namespace {

constexpr std::size_t lines_above = 3;  // summary, help or warning, titles

std::string with_commas(std::size_t number)
{
    std::string text = std::to_string(number);
    for (auto i = static_cast<std::ptrdiff_t>(text.size()) - 3; i > 0; i -= 3)
        text.insert(static_cast<std::size_t>(i), 1, ',');
    return text;
}

std::string counted(std::size_t number, const char* what)
{
    return with_commas(number) + ' ' + what + (number == 1 ? "" : "s");
}

const char* name_of(lock_order order)
{
    switch (order) {
    case lock_order::by_waiters:
        return "waiters";
    case lock_order::by_hold:
        return "hold time";
    case lock_order::by_name:
        break;
    }
    return "name";
}

/// In one column: the owner, or else the value, or else the lease.
std::string holder_text(const lock_row& row)
{
    std::string value = value_text(row.owner, row.holder.value);
    return value.empty() ? who(row.owner, row.holder.lease) : value;
}

std::string held_text(const lock_row& row, std::chrono::sys_seconds now)
{
    if (!row.hold)
        return "-";
    if (row.hold->whole)
        return short_duration(now - row.hold->since);
    // The owner may have waited for it first. Its clock is another: what it says may be impossible.
    if (row.owner && row.owner->since <= row.hold->since)
        return '<' + short_duration(now - row.owner->since);
    return '>' + short_duration(now - row.hold->since);
}

}  // namespace

std::optional<top_command> command_of(char letter)
{
    switch (letter) {
    case 'w':
        return top_command::sort_by_waiters;
    case 'h':
        return top_command::sort_by_hold;
    case 'n':
        return top_command::sort_by_name;
    case 'k':
        return top_command::up;
    case 'j':
        return top_command::down;
    case 'b':
        return top_command::page_up;
    case ' ':
        return top_command::page_down;
    case 'g':
        return top_command::first;
    case 'G':
        return top_command::last;
    case '\f':
        return top_command::redraw;
    case 'q':
    case 'Q':
        return top_command::quit;
    default:
        return std::nullopt;
    }
}

void top_view::show(lock_listing listing, std::chrono::sys_seconds now)
{
    listing_ = std::move(listing);
    for (lock_row& row : listing_.rows) {
        if (!row.hold)
            row.hold = observed_hold{now, looked_};
    }
    looked_ = true;
    sort_locks(listing_.rows, order_);
    warning_.clear();
}

void top_view::obey(top_command command, std::size_t height)
{
    const auto sort_by = [&](lock_order order) {
        order_ = order;
        sort_locks(listing_.rows, order_);
        first_ = 0;
    };
    switch (command) {
    case top_command::sort_by_waiters:
        return sort_by(lock_order::by_waiters);
    case top_command::sort_by_hold:
        return sort_by(lock_order::by_hold);
    case top_command::sort_by_name:
        return sort_by(lock_order::by_name);
    case top_command::up:
        return scroll_to(first_ - std::min<std::size_t>(first_, 1), height);
    case top_command::down:
        return scroll_to(first_ + 1, height);
    case top_command::page_up:
        return scroll_to(first_ - std::min(first_, page(height)), height);
    case top_command::page_down:
        return scroll_to(first_ + page(height), height);
    case top_command::first:
        return scroll_to(0, height);
    case top_command::last:
        return scroll_to(rows().size(), height);
    case top_command::redraw:
    case top_command::quit:
        return;
    }
}

std::span<const lock_row> top_view::visible(std::size_t height) const
{
    // Rows may have gone, and the screen may have grown, since it was scrolled.
    const std::size_t from = std::min(first_, rows().size() - std::min(rows().size(), page(height)));
    return std::span{rows()}.subspan(from, std::min(page(height), rows().size() - from));
}

std::vector<screen_line> top_view::screen(std::size_t width, std::size_t height,
                                          std::chrono::sys_seconds now) const
{
    std::vector<screen_line> lines{{summary()}, {help()}};
    if (!warning_.empty())
        lines[1] = {warning_, screen_line::style::warning};
    for (std::string& text : table(visible(height), width, now))
        lines.push_back({std::move(text)});
    lines[2].look = screen_line::style::title;
    for (screen_line& line : lines)
        line.text = clip(line.text, width);
    lines.resize(std::min(lines.size(), height));
    return lines;
}

std::vector<std::string> top_view::all_lines(std::size_t width, std::chrono::sys_seconds now) const
{
    std::vector<std::string> lines{summary() + "  sorted by " + name_of(order_)};
    for (std::string& text : table(rows(), width, now))
        lines.push_back(std::move(text));
    for (std::string& text : lines)
        text = clip(text, width);
    return lines;
}

std::string top_view::summary() const
{
    const auto waiters = std::transform_reduce(rows().begin(), rows().end(), std::size_t{0}, std::plus{},
                                               [](const lock_row& row) { return row.waiters; });
    std::string text = counted(rows().size(), "lock") + "  " + counted(waiters, "waiter");
    if (!prefix_.empty())
        text += "  under " + quote(prefix_);
    return text + "  at revision " + std::to_string(listing_.at) + " in " +
           std::to_string(listing_.took.count()) + " ms";
}

std::string top_view::help() const
{
    return std::string{"sorted by "} + name_of(order_) +
           "  keys: w waiters  h hold time  n name  q quit  arrows scroll";
}

std::size_t top_view::page(std::size_t height) const noexcept
{
    return std::max<std::size_t>(height, lines_above + 1) - lines_above;
}

void top_view::scroll_to(std::size_t row, std::size_t height)
{
    first_ = std::min(row, rows().size() - std::min(rows().size(), page(height)));
}

std::vector<std::string> top_view::table(std::span<const lock_row> rows, std::size_t width,
                                         std::chrono::sys_seconds now)
{
    text_table table{{{"LOCK", side::left, text_table::clipping::at_front},
                      {"WAITERS", side::right},
                      {"HELD", side::right},
                      {"TTL", side::right},
                      {"HOLDER", side::left, text_table::clipping::at_end}}};
    for (const lock_row& row : rows) {
        table.add({escape(row.name), std::to_string(row.waiters), held_text(row, now),
                   row.ttl ? short_duration(*row.ttl) : "-", holder_text(row)});
    }
    return table.lines(width);
}

}  // namespace leasehold::cli
