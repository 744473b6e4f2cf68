// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <core/batch_planner.hpp>
#include <rpc/transport.hpp>

#include <leasehold/options.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace leasehold::engine {

/// Sends the lock protocol's transactions, those that are ready at the same time in one request. On the
/// strand.
class batcher {
public:
    /// Whoever wants a transaction sent.
    class sender {
    public:
        virtual ~sender() = default;
        virtual const core::lock_request& what() const = 0;
        virtual void answered(core::status s, transaction_result r) = 0;
    };
    using sender_ptr = std::shared_ptr<sender>;
    /// Runs a function on the strand after what is queued there by now.
    using deferrer = std::function<void(std::function<void()>)>;

    batcher(rpc::transport& t, const client_options& options, deferrer defer)
        : transport_{t}, options_{options}, defer_{std::move(defer)}
    {}

    /// The answer is waited for as long as `attempt` once it is sent, but not beyond `limit`.
    void send(std::size_t endpoint, boot_clock::time_point limit, boot_clock::duration attempt,
              sender_ptr from);
    /// Drops what has not been sent, uncalled.
    void clear() noexcept { lanes_.clear(); }

private:
    using planner = core::batch_planner<sender_ptr>;
    struct lane {
        planner plan;
        bool scheduled = false;
    };

    void schedule(std::size_t endpoint);
    void flush(std::size_t endpoint);
    void send(std::size_t endpoint, planner::batch b);
    void on_answer(std::size_t endpoint, planner::batch& b, const core::status& s, transaction_result r);
    static transaction_result* result_of(transaction_result& outer, std::size_t i);

    rpc::transport& transport_;
    const client_options& options_;
    deferrer defer_;
    std::vector<std::unique_ptr<lane>> lanes_;  ///< one for each endpoint
    std::vector<core::lock_request> group_;     ///< being sent
};

}  // namespace leasehold::engine
