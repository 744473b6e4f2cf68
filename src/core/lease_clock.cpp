// SPDX-License-Identifier: Apache-2.0
#include <core/lease_clock.hpp>

#include <algorithm>

namespace leasehold::core {

using namespace std::chrono_literals;

void lease_clock::granted(time_point sent, std::chrono::seconds ttl, jitter& random)
{
    deadline_ = time_point::min();
    extend(sent, ttl, random);
}

void lease_clock::extend(time_point sent, std::chrono::seconds ttl, jitter& random)
{
    // etcd's longest lease, 9e9 s, overflows a nanosecond clock: 100 years are as good.
    const duration whole = std::min<std::chrono::seconds>(ttl, 24h * 36525);
    const auto drift =
        duration{static_cast<duration::rep>(static_cast<double>(whole.count()) * margins_.drift)};
    ttl_ = ttl;
    renewed_at_ = sent;
    deadline_ = std::max(deadline_, sent + whole - drift - margins_.safety);
    // A third of the time to live leaves two more attempts; the jitter spreads sessions that began together.
    renew_at_ = sent + duration{static_cast<duration::rep>(static_cast<double>(whole.count()) / 3 *
                                                           (0.9 + 0.1 * random.next()))};
}

void lease_clock::renewal_sent(time_point now)
{
    unanswered_.push_back(now);
}

lease_clock::answer lease_clock::renewal_answered(time_point now, std::chrono::seconds ttl, jitter& random)
{
    if (unanswered_.empty())
        return answer::unexpected;
    const auto sent = unanswered_.front();
    unanswered_.pop_front();
    if (expired(now))
        return answer::too_late;
    if (ttl <= 0s)
        return answer::gone;
    if (now - sent <= base_patience())
        patience_ = 1;
    extend(sent, ttl, random);
    return answer::renewed;
}

void lease_clock::stream_broken(time_point now)
{
    if (!unanswered_.empty()) {
        renew_at_ = std::min(renew_at_, now);
        // Twice as long the next time: a slow network is none that is silent.
        if (now >= stalled_at())
            patience_ = std::min(patience_ * 2, 4);
    }
    unanswered_.clear();
}

lease_clock::time_point lease_clock::stalled_at(time_point heard) const noexcept
{
    if (unanswered_.empty())
        return time_point::max();
    // Signs of life are no reason to wait until there is no time for another attempt.
    const duration whole = std::min<std::chrono::seconds>(ttl_, 1h);
    const auto latest = std::max(unanswered_.front() + base_patience(), deadline_ - whole / 4);
    return std::min(std::max(unanswered_.front(), heard) + base_patience() * patience_, latest);
}

lease_clock::duration lease_clock::base_patience() const noexcept
{
    const duration whole = std::min<std::chrono::seconds>(ttl_, 1h);
    return std::clamp<duration>(whole / 6, 200ms, 2s);
}

}  // namespace leasehold::core
