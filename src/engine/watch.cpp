// SPDX-License-Identifier: Apache-2.0
#include <engine/cluster.hpp>
#include <engine/watch.hpp>

#include <boost/asio/error.hpp>

#include <utility>

namespace leasehold::engine {

watch::watch(std::shared_ptr<engine::cluster> user, std::string key, const watch_options& options)
    : cluster_{std::move(user)}, limit_{options.buffer}
{
    spec_.key = std::move(key);
    spec_.prefix = options.prefix;
    spec_.start = options.start_revision;
    spec_.prev_kv = options.prev_kv;
    spec_.puts = options.puts;
    spec_.removes = options.removes;
    spec_.progress = true;
}

void watch::subscribe()
{
    if (subscribed_ || closed_ || ended_)
        return;
    subscribed_ = true;
    const auto id = cluster_->hub().subscribe(spec_, *this);
    if (subscribed_)
        subscription_ = id;
    else
        cluster_->hub().unsubscribe(subscription_ = id);
}

void watch::wait_ready(pending<revision>::pointer op)
{
    if (closed_)
        return op->fail({asio::error::operation_aborted, {}});
    if (first_ != 0)
        return op->succeed(first_);
    if (ended_)
        return op->fail(*ended_);
    prune(ready_);
    ready_.push_front(op);
    bound(op);
}

void watch::wait_next(pending<watch_event>::pointer op)
{
    if (closed_)
        return op->fail({asio::error::operation_aborted, {}});
    if (next_ && !next_->finished())
        return op->fail({make_error_code(errc::already_waiting), "next() is pending on this watcher"});
    next_ = op;
    if (first_ == 0)
        bound(op);
    deliver();
}

// A server that has been there before may come back; one that never was is an error.
template <class... T>
void watch::bound(const std::shared_ptr<pending<T...>>& op)
{
    const auto by = cluster_->now() + cluster_->options().connect_timeout;
    cluster_->links().when_ready(by, [weak = weak_from_this(), op](bool ready) {
        const auto self = weak.lock();
        if (self && !ready && self->first_ == 0)
            op->fail(self->cluster_->unreachable("cannot watch \"" + self->spec_.key + "\""));
    });
}

/// In the order of their coming.
std::forward_list<pending<revision>::pointer> watch::take_ready()
{
    ready_.reverse();
    return std::exchange(ready_, {});
}

void watch::deliver()
{
    if (!next_ || next_->finished())
        return;
    if (buffer_.empty()) {
        if (ended_)
            std::exchange(next_, {})->fail(*ended_);
        return;
    }
    auto event = std::move(buffer_.front());
    buffer_.pop_front();
    std::exchange(next_, {})->succeed(std::move(event));
    if (buffer_.size() <= limit_ / 2)
        subscribe();
}

void watch::on_covered(revision covered)
{
    if (first_ == 0)
        first_ = covered + 1;
    spec_.goes_on = true;
    spec_.start = std::max(spec_.start, covered + 1);
    for (const auto& op : take_ready())
        op->succeed(first_);
}

void watch::on_events(std::vector<core::watch_event> events, revision next)
{
    spec_.start = next;
    for (auto& e : events)
        buffer_.push_back({e.removed ? watch_event::kind::removed : watch_event::kind::put, std::move(e.kv),
                           std::move(e.prev)});
    if (buffer_.size() >= limit_) {
        subscribed_ = false;
        cluster_->hub().unsubscribe(subscription_);
    }
    deliver();
}

void watch::on_ended(revision compacted, const std::string& reason)
{
    subscribed_ = false;
    subscription_ = 0;
    const auto about = "the watch of \"" + spec_.key + "\" from revision " + std::to_string(spec_.start);
    failure why;
    if (compacted > 0)
        why = {make_error_code(errc::compacted),
               about + ": the history before revision " + std::to_string(compacted) + " was compacted"};
    else
        why = watch_refusal(about, reason);
    ended_ = std::make_unique<const failure>(std::move(why));
    for (const auto& op : take_ready())
        op->fail(*ended_);
    deliver();
}

// A handler may own the watcher that it waits for, and so this.
void watch::on_abandoned()
{
    const auto self = shared_from_this();
    const auto next = std::exchange(next_, {});
    const auto ready = take_ready();
}

void watch::close()
{
    closed_ = true;
    subscribed_ = false;
    cluster_->hub().unsubscribe(subscription_);
    for (const auto& op : take_ready())
        op->fail({asio::error::operation_aborted, {}});
    if (const auto op = std::exchange(next_, {}))
        op->fail({asio::error::operation_aborted, {}});
}

}  // namespace leasehold::engine
