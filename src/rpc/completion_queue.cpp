// SPDX-License-Identifier: Apache-2.0
#include "completion_queue.hpp"

#include <cassert>

namespace leasehold::rpc {

completion_queue::completion_queue(const boost::asio::strand<boost::asio::any_io_executor>& strand)
    : thread_{completion_thread::of(strand.get_inner_executor())}, mailbox_{std::make_shared<mailbox>(strand)}
{}

completion_queue::~completion_queue()
{
    shutdown();
}

grpc::CompletionQueue* completion_queue::enlist(activity& a)
{
    assert(!closed());
    a.box = mailbox_.get();
    live_.push_back(a);
    return &thread_->queue();
}

bool completion_queue::closed() const noexcept
{
    return mailbox_->closed();
}

void completion_queue::shutdown() noexcept
{
    if (closed())
        return;
    auto back = mailbox_->close();
    for (auto i = live_.begin(); i != live_.end();) {
        activity& a = *i++;
        a.cancel();
        if (a.done())
            delete &a;
    }
    for (;;) {
        for (const event& e : back)
            e.tag->owner->discard();
        if (live_.empty())
            break;
        back = mailbox_->wait();
    }
    thread_.reset();
}

}  // namespace leasehold::rpc
