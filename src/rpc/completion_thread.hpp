// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mailbox.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <grpcpp/completion_queue.h>

#include <memory>
#include <thread>
#include <vector>

namespace leasehold::rpc {

/**
 * \brief gRPC's completion queue, drained by one thread into mailboxes.
 *
 * The clients of one execution context share it, so that many of them make no more threads than one, and gRPC
 * need not wake one thread to wake another. It ends with the last of them.
 */
class completion_thread {
public:
    static std::shared_ptr<completion_thread> of(const boost::asio::any_io_executor& executor);

    completion_thread();
    /// \pre Every tag is back.
    ~completion_thread();
    completion_thread(const completion_thread&) = delete;
    completion_thread& operator=(const completion_thread&) = delete;

    grpc::CompletionQueue& queue() noexcept { return queue_; }

private:
    void drain();
    bool wait();
    bool worth_a_look() noexcept;
    void gather();
    void deliver();

    grpc::CompletionQueue queue_;
    // The thread's.
    std::vector<event> group_;
    bool found_ = false;  ///< the last look did
    unsigned waits_ = 0;  ///< since the last look in vain

    std::thread thread_;
};

}  // namespace leasehold::rpc
