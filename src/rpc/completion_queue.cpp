// SPDX-License-Identifier: Apache-2.0
#include "completion_queue.hpp"

#include <boost/asio/post.hpp>
#include <grpc/support/time.h>
#include <grpcpp/alarm.h>

#include <cassert>
#include <mutex>
#include <utility>

namespace leasehold::rpc {

namespace asio = boost::asio;

/// Carries events from the thread to the strand. Shared with the posted function,
/// which may outlive the queue and then finds the box closed.
class mailbox : public std::enable_shared_from_this<mailbox> {
public:
    using event = completion_queue::event;

    explicit mailbox(asio::strand<asio::any_io_executor> strand) : strand_{std::move(strand)} {}

    /// On the thread: leaves `group` empty.
    void put(std::vector<event>& group)
    {
        std::unique_lock lock{mutex_};
        if (arrived_.empty())
            arrived_.swap(group);
        else
            arrived_.insert(arrived_.end(), group.begin(), group.end());
        const bool first = !std::exchange(posted_, true);
        lock.unlock();
        group.clear();
        if (first)
            post();
    }

    /// The rest is for the strand.
    bool closed() const noexcept { return closed_; }

    /// Hands over what run() has not got to. No event is completed any more.
    std::vector<event> close()
    {
        closed_ = true;
        const std::lock_guard lock{mutex_};
        std::vector<event> rest{running_.begin() + static_cast<std::ptrdiff_t>(next_), running_.end()};
        rest.insert(rest.end(), arrived_.begin(), arrived_.end());
        arrived_.clear();
        return rest;
    }

private:
    void post()
    {
        asio::post(strand_, [self = shared_from_this()] { self->run(); });
    }

    void run()
    {
        if (closed_)
            return;
        take();
        try {
            while (!closed_ && next_ != running_.size()) {
                const event e = running_[next_++];
                e.tag->owner->arrive();
                e.tag->owner->complete(e.tag->step, e.ok);
            }
        } catch (...) {
            post();  // a handler that throws takes nobody else's completion with it
            throw;
        }
    }

    void take()
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

    asio::strand<asio::any_io_executor> strand_;
    bool closed_ = false;
    std::vector<event> running_;
    std::size_t next_ = 0;  ///< in running_

    std::mutex mutex_;
    std::vector<event> arrived_;  ///< guarded by mutex_
    bool posted_ = false;         ///< guarded by mutex_
};

completion_queue::completion_queue(asio::strand<asio::any_io_executor> strand)
    : mailbox_{std::make_shared<mailbox>(std::move(strand))}, thread_{[this] { drain(); }}
{}

completion_queue::~completion_queue()
{
    shutdown();
}

grpc::CompletionQueue* completion_queue::enlist(activity& a)
{
    assert(!closed());
    live_.push_back(a);
    return &queue_;
}

bool completion_queue::closed() const noexcept
{
    return mailbox_->closed();
}

void completion_queue::drain()
{
    // What comes first is handed over before looking for more: that look is a system call.
    std::vector<event> group;
    while (wait(group)) {
        mailbox_->put(group);
        if (!gather(group))
            break;
        if (!group.empty())
            mailbox_->put(group);
    }
    last_group_ = std::move(group);
}

/// Waits for the next event; false when shutdown() asked the thread to end.
bool completion_queue::wait(std::vector<event>& group)
{
    void* t = nullptr;
    bool ok = false;
    if (!queue_.Next(&t, &ok) || t == nullptr)
        return false;
    group.push_back({static_cast<tag*>(t), ok});
    return true;
}

/// Adds the events that are ready by now. As wait().
bool completion_queue::gather(std::vector<event>& group)
{
    constexpr std::size_t enough = 256;
    void* t = nullptr;
    bool ok = false;
    while (group.size() < enough &&
           queue_.AsyncNext(&t, &ok, gpr_time_0(GPR_CLOCK_MONOTONIC)) == grpc::CompletionQueue::GOT_EVENT) {
        if (t == nullptr)
            return false;
        group.push_back({static_cast<tag*>(t), ok});
    }
    return true;
}

void completion_queue::discard(event e) noexcept
{
    activity* a = e.tag->owner;
    a->arrive();
    if (a->idle())
        delete a;
}

void completion_queue::shutdown() noexcept
{
    if (!thread_.joinable())
        return;
    // The thread ends first: activities own user objects, which must not be destroyed on it.
    grpc::Alarm end;
    end.Set(&queue_, gpr_time_0(GPR_CLOCK_MONOTONIC), nullptr);
    thread_.join();
    const std::vector<event> undelivered = mailbox_->close();

    for (activity& a : live_)
        a.cancel();
    queue_.Shutdown();
    for (const event e : undelivered)
        discard(e);
    for (const event e : last_group_)
        discard(e);
    void* t = nullptr;
    for (bool ok = false; queue_.Next(&t, &ok);)
        discard({static_cast<tag*>(t), ok});
    assert(live_.empty());
}

}  // namespace leasehold::rpc
