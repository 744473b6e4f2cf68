// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "activity.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/strand.hpp>

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

namespace leasehold::rpc {

/// A tag that came back.
struct event {
    rpc::tag* tag;
    bool ok;
};

/**
 * \brief Carries one client's events from the queue's thread to its strand.
 *
 * One posted function takes all that arrived until it runs. It shares the box, which it may find closed.
 */
class mailbox : public std::enable_shared_from_this<mailbox> {
public:
    explicit mailbox(boost::asio::strand<boost::asio::any_io_executor> strand) : strand_{std::move(strand)} {}

    /// On the queue's thread.
    void put(std::span<const event> group);

    // The rest is for the strand, or for who shuts down when it runs nothing.
    bool closed() const noexcept { return closed_; }
    /// Nothing is posted and no event is completed any more. Returns those not completed yet.
    std::vector<event> close();
    /// Waits for events that arrived since it was closed.
    std::vector<event> wait();

private:
    bool add(std::span<const event> group);
    void post();
    void run();
    void take();

    boost::asio::strand<boost::asio::any_io_executor> strand_;
    std::vector<event> running_;
    std::size_t next_ = 0;  ///< in running_

    std::mutex open_mutex_;  ///< held while events are put; locked before mutex_
    std::condition_variable some_;
    bool closed_ = false;  ///< written by the strand only, under open_mutex_

    std::mutex mutex_;
    bool posted_ = false;         ///< guarded by mutex_
    std::vector<event> arrived_;  ///< guarded by mutex_, once closed by open_mutex_
};

}  // namespace leasehold::rpc
