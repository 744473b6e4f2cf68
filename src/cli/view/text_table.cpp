// SPDX-License-Identifier: Apache-2.0
#include <view/text_table.hpp>

#include <algorithm>
#include <utility>

namespace leasehold::cli {

namespace {

constexpr std::size_t gap = 2;

}  // namespace

std::vector<std::string> text_table::lines(std::optional<std::size_t> width) const
{
    auto widths = natural_widths();
    if (width)
        fit(widths, *width);

    std::vector<std::string> titles;
    for (const column& c : columns_)
        titles.push_back(c.title);
    std::vector<std::string> result{line(titles, widths)};
    for (const auto& row : rows_)
        result.push_back(line(row, widths));
    return result;
}

std::vector<std::size_t> text_table::natural_widths() const
{
    std::vector<std::size_t> widths;
    for (const column& c : columns_)
        widths.push_back(width_of(c.title));
    for (const auto& row : rows_) {
        for (std::size_t i = 0; i < widths.size(); ++i)
            widths[i] = std::max(widths[i], width_of(row[i]));
    }
    return widths;
}

/// Levels the widest column that may be clipped down to the next one, and so on, until the lines fit.
void text_table::fit(std::vector<std::size_t>& widths, std::size_t total) const
{
    std::size_t used = (widths.size() - 1) * gap;
    for (const std::size_t w : widths)
        used += w;

    const auto can_shrink = [&](std::size_t i) {
        return columns_[i].clipped != clipping::never && widths[i] > width_of(columns_[i].title);
    };
    while (used > total) {
        std::size_t widest = widths.size();
        for (std::size_t i = 0; i < widths.size(); ++i) {
            if (can_shrink(i) && (widest == widths.size() || widths[i] > widths[widest]))
                widest = i;
        }
        if (widest == widths.size())
            return;
        std::size_t next = width_of(columns_[widest].title);
        for (std::size_t i = 0; i < widths.size(); ++i) {
            if (i != widest && can_shrink(i))
                next = std::max(next, std::min(widths[i], widths[widest] - 1));
        }
        const std::size_t step = std::min(used - total, widths[widest] - next);
        widths[widest] -= step;
        used -= step;
    }
}

std::string text_table::line(const std::vector<std::string>& cells,
                             const std::vector<std::size_t>& widths) const
{
    std::string result;
    for (std::size_t i = 0; i < cells.size(); ++i) {
        if (i > 0)
            result.append(gap, ' ');
        std::string cell = columns_[i].clipped == clipping::at_front ? clip_front(cells[i], widths[i])
                                                                     : clip(cells[i], widths[i]);
        result += pad(std::move(cell), widths[i], columns_[i].text_at);
    }
    result.erase(result.find_last_not_of(' ') + 1);
    return result;
}

}  // namespace leasehold::cli
