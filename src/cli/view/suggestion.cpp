// SPDX-License-Identifier: Apache-2.0
#include <view/suggestion.hpp>

#include <algorithm>
#include <cstddef>

namespace leasehold::cli {

namespace {

/// Letters left out, added, replaced, and neighbours exchanged.
std::size_t distance(std::string_view a, std::string_view b)
{
    std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
    for (std::size_t i = 0; i <= a.size(); ++i)
        d[i][0] = i;
    for (std::size_t j = 0; j <= b.size(); ++j)
        d[0][j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replaced = d[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, replaced});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
        }
    }
    return d[a.size()][b.size()];
}

}  // namespace

std::optional<std::string> suggestion(std::string_view typed, const std::vector<std::string>& words)
{
    constexpr std::size_t longest = 64;  // what is longer is no misspelling
    if (typed.empty() || typed.size() > longest)
        return std::nullopt;
    std::optional<std::string> best;
    std::size_t least = 3;
    for (const std::string& word : words) {
        if (word.starts_with(typed))
            return word;
        const std::size_t d = distance(typed, word);
        if (d < least && 2 * d <= std::max(typed.size(), word.size())) {
            least = d;
            best = word;
        }
    }
    return best;
}

}  // namespace leasehold::cli
