// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <core/backoff.hpp>

#include <leasehold/boot_clock.hpp>

#include <chrono>
#include <cstdint>
#include <deque>

namespace leasehold::core {

/// How much of a lease is not relied on.
struct lease_margins {
    double drift = 0.01;  ///< of the time to live
    std::chrono::nanoseconds safety{50'000'000};
};

/**
 * Until when a lease is certainly alive, and when to renew it.
 *
 * The server starts its countdown when it handles a request, which is after the
 * request was sent; so a deadline counted from the *sending* of the request that
 * was answered can only be early. Answers come in the order of the requests of
 * one stream (etcd serves a keep-alive stream strictly in order).
 */
class lease_clock {
public:
    using time_point = boot_clock::time_point;
    using duration = boot_clock::duration;

    enum class answer : std::uint8_t {
        renewed,
        gone,       ///< the server does not know the lease
        too_late,   ///< the deadline had passed before the answer came: never believe in it again
        unexpected  ///< nothing had been asked on this stream
    };

    explicit lease_clock(lease_margins margins = {}) noexcept : margins_{margins} {}

    /// The grant, or the first renewal of an adopted lease, was sent at `sent` and answered.
    void granted(time_point sent, std::chrono::seconds ttl, jitter& random);

    void renewal_sent(time_point now);
    answer renewal_answered(time_point now, std::chrono::seconds ttl, jitter& random);
    /// The stream broke: what was asked on it will not be answered; ask again at once.
    void stream_broken(time_point now);

    /// When the renewal that was answered last was sent.
    time_point renewed_at() const noexcept { return renewed_at_; }
    std::chrono::seconds ttl() const noexcept { return ttl_; }
    time_point deadline() const noexcept { return deadline_; }
    bool expired(time_point now) const noexcept { return now >= deadline_; }

    /// When to send the next renewal. Never when one is unanswered: a second one on
    /// the same stream would only wait behind it.
    time_point renew_at() const noexcept { return unanswered_.empty() ? renew_at_ : time_point::max(); }
    /// When to give the stream up because a renewal has gone unanswered for too long, when the last answer on
    /// it, to whomever, came at `heard`: behind many others an answer takes its time.
    time_point stalled_at(time_point heard = {}) const noexcept;

private:
    void extend(time_point sent, std::chrono::seconds ttl, jitter& random);
    duration base_patience() const noexcept;

    lease_margins margins_;
    std::chrono::seconds ttl_{};
    time_point renewed_at_{};
    time_point deadline_{};
    time_point renew_at_{};
    std::deque<time_point> unanswered_;
    int patience_ = 1;  ///< with an unanswered renewal, in multiples of the usual
};

}  // namespace leasehold::core
