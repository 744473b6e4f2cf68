// SPDX-License-Identifier: Apache-2.0
#include "completion_thread.hpp"

#include <boost/asio/execution/context.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/query.hpp>
#include <grpc/support/time.h>

#include <algorithm>
#include <mutex>
#include <span>

namespace leasehold::rpc {

namespace asio = boost::asio;

namespace {

/// Finds the thread of an execution context.
class registry : public asio::execution_context::service {
public:
    static inline asio::execution_context::id id;

    explicit registry(asio::execution_context& context) : service{context} {}

    std::shared_ptr<completion_thread> get()
    {
        const std::lock_guard lock{mutex_};
        auto running = running_.lock();
        if (!running)
            running_ = running = std::make_shared<completion_thread>();
        return running;
    }

private:
    void shutdown() override {}

    std::mutex mutex_;
    std::weak_ptr<completion_thread> running_;
};

}  // namespace

std::shared_ptr<completion_thread> completion_thread::of(const asio::any_io_executor& executor)
{
    return asio::use_service<registry>(asio::query(executor, asio::execution::context)).get();
}

completion_thread::completion_thread() : thread_{[this] { drain(); }} {}

completion_thread::~completion_thread()
{
    queue_.Shutdown();
    thread_.join();
}

void completion_thread::drain()
{
    while (wait()) {
        deliver();
        if (!worth_a_look())
            continue;
        gather();
        found_ = !group_.empty();
        deliver();
    }
}

// What comes first has been handed over by now. A look for more is a system call: after one in vain the next
// few events go without.
bool completion_thread::worth_a_look() noexcept
{
    constexpr unsigned some = 8;
    if (found_)
        return true;
    waits_ = (waits_ + 1) % some;
    return waits_ == 0;
}

bool completion_thread::wait()
{
    void* t = nullptr;
    bool ok = false;
    if (!queue_.Next(&t, &ok))
        return false;
    group_.push_back({static_cast<tag*>(t), ok});
    return true;
}

/// Adds the events that are ready by now.
void completion_thread::gather()
{
    constexpr std::size_t enough = 256;
    void* t = nullptr;
    bool ok = false;
    while (group_.size() < enough &&
           queue_.AsyncNext(&t, &ok, gpr_time_0(GPR_CLOCK_MONOTONIC)) == grpc::CompletionQueue::GOT_EVENT)
        group_.push_back({static_cast<tag*>(t), ok});
}

void completion_thread::deliver()
{
    std::erase_if(group_, [](const event& e) { return !e.tag->owner->arrive(e.tag->step, e.ok); });
    // An activity may be gone as soon as its event was put.
    const auto box_of = [](const event& e) { return e.tag->owner->box; };
    for (auto first = group_.begin(); first != group_.end();) {
        auto* const box = box_of(*first);
        const auto last = std::find_if(first, group_.end(), [&](const event& e) { return box_of(e) != box; });
        box->put(std::span<const event>{first, last});
        first = last;
    }
    group_.clear();
}

}  // namespace leasehold::rpc
