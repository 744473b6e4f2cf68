// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "activity.hpp"
#include "completion_thread.hpp"
#include "mailbox.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/strand.hpp>

#include <memory>

namespace leasehold::rpc {

/**
 * \brief One client's share of its execution context's completion queue.
 *
 * Events are completed on the client's strand, all that are ready in one posted function. All members are for
 * the strand, or for shutdown's caller when the strand runs nothing.
 */
class completion_queue {
public:
    explicit completion_queue(const boost::asio::strand<boost::asio::any_io_executor>& strand);
    ~completion_queue();
    completion_queue(const completion_queue&) = delete;
    completion_queue& operator=(const completion_queue&) = delete;

    /// Enlists an activity about to start. Not to be called once closed.
    grpc::CompletionQueue* enlist(activity& a);
    bool closed() const noexcept;

    /// Cancels every activity, and deletes it here in the caller's thread: activities own user objects.
    /// Idempotent.
    void shutdown() noexcept;

private:
    std::shared_ptr<completion_thread> thread_;
    std::shared_ptr<mailbox> mailbox_;
    activity_list live_;
};

}  // namespace leasehold::rpc
