// SPDX-License-Identifier: Apache-2.0
#include <leasehold/prometheus_observer.hpp>

#include <array>
#include <deque>
#include <fnmatch.h>
#include <optional>
#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace leasehold {

namespace {

using prometheus::Counter;
using prometheus::Family;
using prometheus::Gauge;
using prometheus::Histogram;

const Histogram::BucketBoundaries places{0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000};
const Histogram::BucketBoundaries sizes{1, 2, 4, 8, 16, 32, 64, 128};

double seconds(observer::duration d)
{
    return std::chrono::duration<double>(d).count();
}

class name_pattern {
public:
    explicit name_pattern(std::string text) : text_{std::move(text)}
    {
        // What most patterns are is matched without fnmatch, which takes ten times as long.
        const auto special = text_.find_first_of("*?[\\");
        if (special != std::string::npos && special + 1 == text_.size() && text_.back() == '*')
            prefix_ = text_.substr(0, special);
    }

    bool matches(std::string_view name) const
    {
        if (prefix_)
            return name.starts_with(*prefix_);
        // fnmatch wants an end; few names need the heap for it.
        std::array<char, 256> terminated;
        if (name.size() >= terminated.size())
            return ::fnmatch(text_.c_str(), std::string{name}.c_str(), 0) == 0;
        terminated[name.copy(terminated.data(), name.size())] = '\0';
        return ::fnmatch(text_.c_str(), terminated.data(), 0) == 0;
    }

private:
    std::string text_;
    std::optional<std::string> prefix_;
};

/// What is measured for each pattern.
struct lock_families {
    Family<Histogram>& wait;
    Family<Histogram>& hold;
    Family<Histogram>& position;
    Family<Gauge>& waiting;
    Family<Gauge>& held;
    Family<Counter>& failures;
    Family<Counter>& handed_on;
    Family<Counter>& lost;

    explicit lock_families(prometheus::Registry& r)
        : wait{prometheus::BuildHistogram()
                   .Name("leasehold_lock_wait_seconds")
                   .Help("How long those waited that got the lock")
                   .Register(r)},
          hold{prometheus::BuildHistogram()
                   .Name("leasehold_lock_hold_seconds")
                   .Help("How long the lock was held, to the end of the release or the loss")
                   .Register(r)},
          position{prometheus::BuildHistogram()
                       .Name("leasehold_lock_queue_position")
                       .Help("How many were before those that had to wait")
                       .Register(r)},
          waiting{prometheus::BuildGauge()
                      .Name("leasehold_lock_waiting")
                      .Help("How many want the lock and do not have it")
                      .Register(r)},
          held{prometheus::BuildGauge()
                   .Name("leasehold_lock_held")
                   .Help("How many locks are held")
                   .Register(r)},
          failures{prometheus::BuildCounter()
                       .Name("leasehold_lock_failures_total")
                       .Help("Waits that ended without the lock")
                       .Register(r)},
          handed_on{prometheus::BuildCounter()
                        .Name("leasehold_lock_handed_on_total")
                        .Help("Releases that passed the lock on inside a session")
                        .Register(r)},
          lost{prometheus::BuildCounter()
                   .Name("leasehold_lock_lost_total")
                   .Help("Locks that were lost while held")
                   .Register(r)}
    {}
};

struct lock_metrics {
    Histogram& wait;
    Histogram& hold;
    Histogram& position;
    Gauge& waiting;
    Gauge& held;
    Counter& refused;
    Counter& timed_out;
    Counter& cancelled;
    Counter& failed;
    Counter& handed_on;
    Counter& session_lost;
    Counter& session_closed;
    Counter& key_deleted;

    lock_metrics(lock_families& f, const std::string& label, const Histogram::BucketBoundaries& bounds)
        : wait{f.wait.Add({{"lock", label}}, bounds)},
          hold{f.hold.Add({{"lock", label}}, bounds)},
          position{f.position.Add({{"lock", label}}, places)},
          waiting{f.waiting.Add({{"lock", label}})},
          held{f.held.Add({{"lock", label}})},
          refused{f.failures.Add({{"lock", label}, {"outcome", "refused"}})},
          timed_out{f.failures.Add({{"lock", label}, {"outcome", "timed_out"}})},
          cancelled{f.failures.Add({{"lock", label}, {"outcome", "cancelled"}})},
          failed{f.failures.Add({{"lock", label}, {"outcome", "failed"}})},
          handed_on{f.handed_on.Add({{"lock", label}})},
          session_lost{f.lost.Add({{"lock", label}, {"reason", "session_lost"}})},
          session_closed{f.lost.Add({{"lock", label}, {"reason", "session_closed"}})},
          key_deleted{f.lost.Add({{"lock", label}, {"reason", "key_deleted"}})}
    {}

    Counter& lost(error_code reason)
    {
        if (reason == errc::key_deleted)
            return key_deleted;
        return reason == errc::session_closed ? session_closed : session_lost;
    }
};

prometheus::Registry& registered(const std::shared_ptr<prometheus::Registry>& registry)
{
    if (!registry)
        throw std::invalid_argument{"leasehold: the registry of the prometheus_observer is null"};
    return *registry;
}

}  // namespace

struct prometheus_observer::metrics {
    std::shared_ptr<prometheus::Registry> registry;
    prometheus_options options;
    lock_families families;
    std::vector<name_pattern> patterns;
    std::deque<lock_metrics> locks;  ///< one for each pattern, and the others'
    Gauge& sessions;
    Counter& sessions_lost;
    Histogram& renewal;
    Gauge& left;
    Family<Counter>& reopened;
    Counter& watches_reopened;
    Counter& keep_alives_reopened;
    Histogram& batch;

    metrics(std::shared_ptr<prometheus::Registry> r, prometheus_options o)
        : registry{std::move(r)},
          options{std::move(o)},
          families{registered(registry)},
          patterns(options.locks.begin(), options.locks.end()),
          sessions{prometheus::BuildGauge()
                       .Name("leasehold_sessions")
                       .Help("Leases that are kept alive")
                       .Register(*registry)
                       .Add({})},
          sessions_lost{prometheus::BuildCounter()
                            .Name("leasehold_sessions_lost_total")
                            .Help("Leases that were lost")
                            .Register(*registry)
                            .Add({})},
          renewal{prometheus::BuildHistogram()
                      .Name("leasehold_session_renewal_seconds")
                      .Help("From the request for a renewal to its answer")
                      .Register(*registry)
                      .Add({}, options.seconds)},
          left{prometheus::BuildGauge()
                   .Name("leasehold_session_left_seconds")
                   .Help("From the last renewal to the lease's deadline")
                   .Register(*registry)
                   .Add({})},
          reopened{prometheus::BuildCounter()
                       .Name("leasehold_streams_reopened_total")
                       .Help("Streams that had broken and were opened again")
                       .Register(*registry)},
          watches_reopened{reopened.Add({{"stream", "watch"}})},
          keep_alives_reopened{reopened.Add({{"stream", "keep_alive"}})},
          batch{prometheus::BuildHistogram()
                    .Name("leasehold_batch_size")
                    .Help("How many locks' transactions were sent as one")
                    .Register(*registry)
                    .Add({}, sizes)}
    {
        for (const auto& pattern : options.locks)
            locks.emplace_back(families, pattern, options.seconds);
        locks.emplace_back(families, "other", options.seconds);
    }

    lock_metrics& of(std::string_view name)
    {
        std::size_t i = 0;
        while (i < patterns.size() && !patterns[i].matches(name))
            ++i;
        return locks[i];
    }
};

prometheus_observer::prometheus_observer(std::shared_ptr<prometheus::Registry> registry,
                                         prometheus_options options)
    : metrics_{std::make_unique<metrics>(std::move(registry), std::move(options))}
{}

prometheus_observer::~prometheus_observer() = default;

void prometheus_observer::on_requested(const requested& e) noexcept
{
    metrics_->of(e.lock).waiting.Increment();
}

void prometheus_observer::on_queued(const queued& e) noexcept
{
    metrics_->of(e.lock).position.Observe(static_cast<double>(e.position));
}

void prometheus_observer::on_acquired(const acquired& e) noexcept
{
    auto& m = metrics_->of(e.lock);
    m.waiting.Decrement();
    m.wait.Observe(seconds(e.waited));
    m.held.Increment();
}

void prometheus_observer::on_handed_on(const handed_on& e) noexcept
{
    metrics_->of(e.lock).handed_on.Increment();
}

void prometheus_observer::on_released(const released& e) noexcept
{
    auto& m = metrics_->of(e.lock);
    m.held.Decrement();
    m.hold.Observe(seconds(e.held));
}

void prometheus_observer::on_lost(const lost& e) noexcept
{
    auto& m = metrics_->of(e.lock);
    m.held.Decrement();
    m.hold.Observe(seconds(e.held));
    m.lost(e.reason).Increment();
}

void prometheus_observer::on_refused(const refused& e) noexcept
{
    auto& m = metrics_->of(e.lock);
    m.waiting.Decrement();
    m.refused.Increment();
}

void prometheus_observer::on_timed_out(const timed_out& e) noexcept
{
    auto& m = metrics_->of(e.lock);
    m.waiting.Decrement();
    m.timed_out.Increment();
}

void prometheus_observer::on_cancelled(const cancelled& e) noexcept
{
    auto& m = metrics_->of(e.lock);
    m.waiting.Decrement();
    m.cancelled.Increment();
}

void prometheus_observer::on_failed(const failed& e) noexcept
{
    auto& m = metrics_->of(e.lock);
    m.waiting.Decrement();
    m.failed.Increment();
}

void prometheus_observer::on_session_opened(const session_opened&) noexcept
{
    metrics_->sessions.Increment();
}

void prometheus_observer::on_session_renewed(const session_renewed& e) noexcept
{
    metrics_->renewal.Observe(seconds(e.round_trip));
    metrics_->left.Set(seconds(e.left));
}

void prometheus_observer::on_session_ended(const session_ended& e) noexcept
{
    metrics_->sessions.Decrement();
    if (e.reason == errc::session_lost)
        metrics_->sessions_lost.Increment();
}

void prometheus_observer::on_stream_reopened(const stream_reopened& e) noexcept
{
    auto& m = *metrics_;
    (e.stream == stream::watch ? m.watches_reopened : m.keep_alives_reopened).Increment();
}

void prometheus_observer::on_batch_sent(const batch_sent& e) noexcept
{
    metrics_->batch.Observe(static_cast<double>(e.size));
}

}  // namespace leasehold
