// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <leasehold/observer.hpp>

#include <memory>
#include <string>
#include <vector>

namespace prometheus {
class Registry;
}

namespace leasehold {

/// For \ref prometheus_observer. They are few, so that the number of time series is bounded, whatever locks
/// are called.
struct prometheus_options {
    /// Which locks are counted together: patterns of fnmatch(3) ("orders/*"), the first that matches. The
    /// pattern is the label `lock`; what none matches has the label "other".
    std::vector<std::string> locks{};

    /// The upper bounds of the histograms of waits and holds, in seconds, ascending.
    std::vector<double> seconds{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
                                0.5,    1,     2.5,    5,     10,   30,    60,   300};
};

/**
 * \brief Metrics of clients' locks, sessions and streams, for Prometheus.
 *
 * In the library `leasehold-prometheus` (pkg-config), where prometheus-cpp was there to build it.
 *
 * \par Metrics
 * With the label `lock`: `leasehold_lock_wait_seconds` and `leasehold_lock_hold_seconds` (histograms of the
 * waits that ended with the lock, and of holds), `leasehold_lock_queue_position` (histogram of those that had
 * to wait), `leasehold_lock_waiting` and `leasehold_lock_held` (gauges), `leasehold_lock_failures_total`
 * (`outcome`: `refused`, `timed_out`, `cancelled`, `failed`), `leasehold_lock_handed_on_total`,
 * `leasehold_lock_lost_total` (`reason`: `session_lost`, `session_closed`, `key_deleted`).
 * Of clients: `leasehold_sessions` (gauge), `leasehold_sessions_lost_total`,
 * `leasehold_session_renewal_seconds` (histogram of round trips), `leasehold_session_left_seconds` (gauge:
 * the time to the deadline as of the last renewal), `leasehold_streams_reopened_total` (`stream`: `watch`,
 * `keep_alive`), `leasehold_batch_size` (histogram).
 *
 * \par Thread-safety
 * One may observe any number of clients.
 */
class prometheus_observer final : public observer {
public:
    /// Keeps a share of `registry`. Another one of the same registry counts into the same series, unless the
    /// registry refuses names that are there already (`InsertBehavior::Throw`).
    /// \throws std::invalid_argument for no registry, and what prometheus-cpp throws for bounds that do not
    /// ascend.
    explicit prometheus_observer(std::shared_ptr<prometheus::Registry> registry,
                                 prometheus_options options = {});
    ~prometheus_observer() override;

    void on_requested(const requested& e) noexcept override;
    void on_queued(const queued& e) noexcept override;
    void on_acquired(const acquired& e) noexcept override;
    void on_handed_on(const handed_on& e) noexcept override;
    void on_released(const released& e) noexcept override;
    void on_lost(const lost& e) noexcept override;
    void on_refused(const refused& e) noexcept override;
    void on_timed_out(const timed_out& e) noexcept override;
    void on_cancelled(const cancelled& e) noexcept override;
    void on_failed(const failed& e) noexcept override;
    void on_session_opened(const session_opened& e) noexcept override;
    void on_session_renewed(const session_renewed& e) noexcept override;
    void on_session_ended(const session_ended& e) noexcept override;
    void on_stream_reopened(const stream_reopened& e) noexcept override;
    void on_batch_sent(const batch_sent& e) noexcept override;

private:
    struct metrics;
    std::unique_ptr<metrics> metrics_;
};

}  // namespace leasehold
