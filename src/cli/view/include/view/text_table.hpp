// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <view/text.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace leasehold::cli {

/**
 * \brief Lines of text in columns, as wide as their widest cell, two spaces apart.
 *
 * Where a width is given and the lines do not fit, the columns that may be clipped share what the others
 * leave: narrow ones keep their width, wide ones are clipped alike, none below its title.
 */
class text_table {
public:
    enum class clipping : std::uint8_t {
        never,
        at_end,
        at_front  ///< the end of the text is kept
    };

    struct column {
        std::string title;
        side text_at = side::left;
        clipping clipped = clipping::never;
    };

    explicit text_table(std::vector<column> columns) : columns_{std::move(columns)} {}

    /// \pre As many cells as columns, each one line of visible text (\ref escape).
    void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }

    /// The titles, then the rows, without spaces at their ends.
    std::vector<std::string> lines(std::optional<std::size_t> width = std::nullopt) const;

private:
    std::vector<std::size_t> natural_widths() const;
    void fit(std::vector<std::size_t>& widths, std::size_t total) const;
    std::string line(const std::vector<std::string>& cells, const std::vector<std::size_t>& widths) const;

    std::vector<column> columns_;
    std::vector<std::vector<std::string>> rows_;
};

}  // namespace leasehold::cli
