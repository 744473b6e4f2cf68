// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "activity.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/strand.hpp>
#include <grpcpp/completion_queue.h>

#include <memory>
#include <thread>
#include <vector>

namespace leasehold::rpc {

class mailbox;

/**
 * \brief gRPC's completion queue, drained by one thread into a strand.
 *
 * The thread gathers whatever is ready and posts one function for all of it;
 * what becomes ready before that function ran travels with it. All members are
 * for the strand, or for shutdown's caller when the strand runs nothing.
 */
class completion_queue {
public:
    explicit completion_queue(boost::asio::strand<boost::asio::any_io_executor> strand);
    ~completion_queue();
    completion_queue(const completion_queue&) = delete;
    completion_queue& operator=(const completion_queue&) = delete;

    /// Enlists an activity about to start. Not to be called once closed.
    grpc::CompletionQueue* enlist(activity& a);
    bool closed() const noexcept;

    /// Cancels and deletes every activity here in the caller's thread. Idempotent.
    void shutdown() noexcept;

private:
    struct event {
        rpc::tag* tag;
        bool ok;
    };
    friend class mailbox;

    void drain();
    bool wait(std::vector<event>& group);
    bool gather(std::vector<event>& group);
    static void discard(event e) noexcept;

    grpc::CompletionQueue queue_;
    activity_list live_;
    std::shared_ptr<mailbox> mailbox_;
    std::vector<event> last_group_;  ///< what the thread held when it ended
    std::thread thread_;
};

}  // namespace leasehold::rpc
