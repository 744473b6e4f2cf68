// SPDX-License-Identifier: Apache-2.0
#include "mailbox.hpp"

#include <boost/asio/post.hpp>

#include <utility>

namespace leasehold::rpc {

void mailbox::put(std::span<const event> group)
{
    // Once closed, the last event may be the end of this box: nothing of it is touched after the lock.
    // Posting under the lock keeps it from an execution context that has ended; asio::post never runs it at
    // once. It is not the lock that the strand, awake before the post returns, takes the events under.
    const std::lock_guard open{open_mutex_};
    if (closed_) {
        arrived_.insert(arrived_.end(), group.begin(), group.end());
        some_.notify_one();
    } else if (add(group)) {
        post();
    }
}

/// Whether they are the first for the next run.
bool mailbox::add(std::span<const event> group)
{
    const std::lock_guard lock{mutex_};
    arrived_.insert(arrived_.end(), group.begin(), group.end());
    return !std::exchange(posted_, true);
}

void mailbox::post()
{
    boost::asio::post(strand_, [self = shared_from_this()] { self->run(); });
}

void mailbox::run()
{
    if (closed_)
        return;
    take();
    try {
        while (!closed_ && next_ != running_.size()) {
            const event e = running_[next_++];
            e.tag->owner->complete(e.tag->step, e.ok);
        }
    } catch (...) {
        if (!closed_)
            post();  // a handler that throws takes nobody else's completion with it
        throw;
    }
}

void mailbox::take()
{
    const std::lock_guard lock{mutex_};
    running_.erase(running_.begin(), running_.begin() + static_cast<std::ptrdiff_t>(next_));
    next_ = 0;
    if (running_.empty())
        running_.swap(arrived_);
    else
        running_.insert(running_.end(), arrived_.begin(), arrived_.end());
    arrived_.clear();
    posted_ = false;
}

std::vector<event> mailbox::close()
{
    const std::scoped_lock both{open_mutex_, mutex_};
    closed_ = true;
    std::vector<event> rest{running_.begin() + static_cast<std::ptrdiff_t>(next_), running_.end()};
    rest.insert(rest.end(), arrived_.begin(), arrived_.end());
    arrived_.clear();
    return rest;
}

std::vector<event> mailbox::wait()
{
    std::unique_lock lock{open_mutex_};
    some_.wait(lock, [this] { return !arrived_.empty(); });
    return std::exchange(arrived_, {});
}

}  // namespace leasehold::rpc
