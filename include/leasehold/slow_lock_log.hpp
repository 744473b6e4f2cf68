// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <leasehold/observer.hpp>

#include <chrono>
#include <functional>
#include <string_view>

namespace leasehold {

/// For \ref slow_lock_log.
struct slow_lock_options {
    std::chrono::milliseconds slow_wait{1000};
    std::chrono::milliseconds long_hold{10000};
};

/**
 * \brief Writes a line for each wait and each hold that took too long, once it is over, and for each loss of
 * a lock or a session.
 *
 * What still waits, or still holds, `leasehold queue` and `leasehold ls` show.
 *
 * \par Thread-safety
 * One may observe any number of clients, if `write` may be called by several threads at once.
 */
class slow_lock_log final : public observer {
public:
    /// Takes one line, without an end of line and with no ASCII control characters. Called on the client's
    /// strand: it must not block for long. What it throws ends the program.
    using writer = std::function<void(std::string_view line)>;

    /// \throws std::invalid_argument for no writer.
    explicit slow_lock_log(writer write, slow_lock_options options = {});

    void on_acquired(const acquired& e) noexcept override;
    void on_released(const released& e) noexcept override;
    void on_lost(const lost& e) noexcept override;
    void on_timed_out(const timed_out& e) noexcept override;
    void on_cancelled(const cancelled& e) noexcept override;
    void on_failed(const failed& e) noexcept override;
    void on_session_ended(const session_ended& e) noexcept override;

private:
    void waited(std::string_view lock, duration time, std::string_view outcome) const;

    writer write_;
    slow_lock_options options_;
};

}  // namespace leasehold
