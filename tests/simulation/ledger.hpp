// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <leasehold/observer.hpp>

#include <functional>
#include <map>
#include <string>

namespace leasehold::simulation {

/// Observes a client, and whether what is told of it comes in the pairs that leasehold::observer promises.
class ledger final : public observer {
public:
    /// `fail(text)` hears of an end without a beginning.
    explicit ledger(std::function<void(std::string)> fail) : fail_{std::move(fail)} {}

    /// What has not ended, if anything.
    std::string open() const;

    void on_requested(const requested& e) noexcept override { count(e.lock, "wanted", 1); }
    void on_acquired(const acquired& e) noexcept override
    {
        count(e.lock, "wanted", -1);
        count(e.lock, "held", 1);
        not_negative(e.waited);
    }
    void on_refused(const refused& e) noexcept override { count(e.lock, "wanted", -1); }
    void on_timed_out(const timed_out& e) noexcept override { not_acquired(e.lock, e.waited); }
    void on_cancelled(const cancelled& e) noexcept override { not_acquired(e.lock, e.waited); }
    void on_failed(const failed& e) noexcept override { not_acquired(e.lock, e.waited); }
    void on_released(const released& e) noexcept override { let_go(e.lock, e.held); }
    void on_lost(const lost& e) noexcept override { let_go(e.lock, e.held); }
    void on_session_opened(const session_opened& e) noexcept override { count_session(e.lease, 1); }
    void on_session_renewed(const session_renewed& e) noexcept override { not_negative(e.round_trip); }
    void on_session_ended(const session_ended& e) noexcept override { count_session(e.lease, -1); }

private:
    void count(std::string_view what, const char* how, int by);
    void count_session(lease_id lease, int by) { count(std::to_string(lease), "session", by); }
    void not_acquired(std::string_view lock, duration waited)
    {
        count(lock, "wanted", -1);
        not_negative(waited);
    }
    void let_go(std::string_view lock, duration held)
    {
        count(lock, "held", -1);
        not_negative(held);
    }
    void not_negative(duration d)
    {
        if (d < duration::zero())
            fail_("an observer was told of a negative time");
    }

    std::function<void(std::string)> fail_;
    std::map<std::string, int> open_;
};

}  // namespace leasehold::simulation
