// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <view/lock_row.hpp>

#include <leasehold/kv.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace leasehold::cli {

/// What a key asks of the live screen.
enum class top_command : std::uint8_t {
    sort_by_waiters,
    sort_by_hold,
    sort_by_name,
    up,
    down,
    page_up,
    page_down,
    first,
    last,
    redraw,  ///< from nothing: something else has written on the terminal
    quit
};

/// The letters; keys without one are the terminal's business.
std::optional<top_command> command_of(char letter);

/// One line of the screen.
struct screen_line {
    enum class style : std::uint8_t { plain, title, warning };

    std::string text;
    style look = style::plain;
};

/// \brief What `leasehold top` shows, and how keys change it. Knows neither terminal nor etcd nor clock.
class top_view {
public:
    top_view(std::string prefix, lock_order order) : prefix_{std::move(prefix)}, order_{order} {}

    /// A look that succeeded; a warning is over.
    /// \param listing with what is known already of the same holders (\ref keep_details).
    void show(lock_listing listing, std::chrono::sys_seconds now);
    /// A look failed: what was found before stays, under this warning.
    void warn(std::string message) { warning_ = std::move(message); }
    void set_ttls(const std::unordered_map<lease_id, std::chrono::seconds>& left)
    {
        cli::set_ttls(listing_.rows, left);
    }

    /// \param height of the screen.
    /// \pre Not `redraw` or `quit`, which change nothing here.
    void obey(top_command command, std::size_t height);

    const std::vector<lock_row>& rows() const noexcept { return listing_.rows; }
    /// The rows that a screen of that height shows.
    std::span<const lock_row> visible(std::size_t height) const;

    /// At most `height` lines of at most `width` columns.
    std::vector<screen_line> screen(std::size_t width, std::size_t height,
                                    std::chrono::sys_seconds now) const;

    /// Everything at once, for what is no screen.
    std::vector<std::string> all_lines(std::size_t width, std::chrono::sys_seconds now) const;

private:
    std::string summary() const;
    std::string help() const;
    std::size_t page(std::size_t height) const noexcept;
    void scroll_to(std::size_t row, std::size_t height);
    static std::vector<std::string> table(std::span<const lock_row> rows, std::size_t width,
                                          std::chrono::sys_seconds now);

    std::string prefix_;
    lock_order order_;
    lock_listing listing_;
    std::size_t first_ = 0;  // row on the screen
    std::string warning_;
    bool looked_ = false;
};

}  // namespace leasehold::cli
