// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/prefer.hpp>

#include <cstddef>
#include <utility>

namespace leasehold::engine {

namespace asio = boost::asio;

/// Keeps an execution context running as long as something is under way: one tracked executor for all of it,
/// since each costs an allocation. On the strand.
class work_count {
public:
    explicit work_count(asio::any_io_executor executor) : executor_{std::move(executor)} {}
    work_count(const work_count&) = delete;
    work_count& operator=(const work_count&) = delete;

    /// Counts until it is destroyed. The count outlives it.
    class token {
    public:
        explicit token(work_count& c) : count_{c}
        {
            if (count_.running_++ == 0)
                count_.tracked_ = asio::prefer(count_.executor_, asio::execution::outstanding_work.tracked);
        }
        ~token()
        {
            if (--count_.running_ == 0)
                count_.tracked_ = {};
        }
        token(const token&) = delete;
        token& operator=(const token&) = delete;

    private:
        work_count& count_;
    };

private:
    asio::any_io_executor executor_;
    asio::any_io_executor tracked_;
    std::size_t running_ = 0;
};

}  // namespace leasehold::engine
