// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <core/backoff.hpp>
#include <core/status.hpp>
#include <engine/cluster.hpp>
#include <engine/failure.hpp>
#include <rpc/transport.hpp>

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace leasehold::engine {

/// How long and how often to try.
struct call_policy {
    bool repeatable = false;         ///< doing it twice has the effect of doing it once
    boot_clock::duration attempt{};  ///< time limit of one attempt
    boot_clock::time_point connect_by = boot_clock::time_point::max();  ///< of finding an endpoint
    boot_clock::time_point give_up = boot_clock::time_point::max();     ///< of the whole
    std::function<boot_clock::time_point()> until;  ///< in place of `give_up` when that moves; may be empty

    boot_clock::time_point limit() const { return until ? until() : give_up; }
};

/// How a call ended.
template <class Response>
struct outcome {
    core::verdict verdict = core::verdict::ok;
    core::status status;
    Response response{};
    bool unreachable = false;           ///< no endpoint could be connected to, or none answered
    bool repeated = false;              ///< an earlier attempt may have taken effect, or still may
    boot_clock::time_point first_sent;  ///< when the first attempt was sent

    bool ok() const noexcept { return verdict == core::verdict::ok; }

    failure why(const cluster& c, const std::string& what) const
    {
        if (unreachable)
            return c.unreachable(what);
        return make_failure(verdict, status, what);
    }
};

/**
 * One request to the cluster: finds an endpoint, sends, and sends again elsewhere where that is safe.
 * Keeps the cluster alive and its executor's context running until it has ended.
 */
template <class Response>
class call : public std::enable_shared_from_this<call<Response>> {
public:
    using send_function = std::function<void(rpc::transport&, std::size_t, boot_clock::time_point,
                                             rpc::unary_handler<Response>)>;
    using done_function = std::function<void(outcome<Response>)>;

    static void start(cluster& c, call_policy policy, send_function send, done_function done)
    {
        std::make_shared<call>(c, std::move(policy), std::move(send), std::move(done))->attempt();
    }

    call(cluster& c, call_policy policy, send_function send, done_function done)
        : cluster_{c.shared_from_this()},
          work_{c.tracked_executor()},
          policy_{std::move(policy)},
          send_{std::move(send)},
          done_{std::move(done)}
    {}

private:
    void attempt()
    {
        const auto endpoint = cluster_->links().pick();
        if (!endpoint)
            return wait_for_link();
        const auto now = cluster_->now();
        const auto limit = policy_.limit();
        if (now >= limit)
            return finish_unanswered();
        if (out_.first_sent == boot_clock::time_point{})
            out_.first_sent = now;
        const auto deadline = std::min(limit, now + policy_.attempt);
        send_(cluster_->transport(), *endpoint, deadline,
              [self = this->shared_from_this(), endpoint = *endpoint](core::status s, Response r) {
                  self->on_answer(endpoint, std::move(s), std::move(r));
              });
    }

    void wait_for_link()
    {
        cluster_->links().when_ready(std::min(policy_.connect_by, policy_.limit()),
                                     [self = this->shared_from_this()](bool ready) {
                                         if (ready)
                                             self->attempt();
                                         else
                                             self->finish_unanswered();
                                     });
    }

    void on_answer(std::size_t endpoint, core::status s, Response r)
    {
        out_.verdict = core::classify(s);
        out_.status = std::move(s);
        switch (out_.verdict) {
        case core::verdict::ambiguous:
            cluster_->links().suspect(endpoint);
            if (!policy_.repeatable)
                break;
            out_.repeated = true;
            return again();
        case core::verdict::retry:
            cluster_->links().suspect(endpoint);
            return again();
        case core::verdict::back_off:
            return again();
        default:
            out_.response = std::move(r);
            break;
        }
        finish();
    }

    void again()
    {
        const auto at = cluster_->now() + pause_.pause(cluster_->random());
        if (at >= policy_.limit())
            return finish_unanswered();
        cluster_->timers().at(at, [self = this->shared_from_this()] { self->attempt(); });
    }

    // Unless the server said something worth more than "nobody answers".
    void finish_unanswered()
    {
        out_.unreachable = out_.verdict == core::verdict::ok || out_.verdict == core::verdict::retry ||
                           out_.verdict == core::verdict::ambiguous;
        if (out_.verdict == core::verdict::ok)
            out_.verdict = core::verdict::retry;
        finish();
    }

    void finish()
    {
        const auto done = std::exchange(done_, {});
        done(std::move(out_));
    }

    std::shared_ptr<cluster> cluster_;
    asio::any_io_executor work_;
    call_policy policy_;
    send_function send_;
    done_function done_;
    outcome<Response> out_;
    core::backoff pause_{std::chrono::milliseconds{10}, std::chrono::milliseconds{500}};
};

}  // namespace leasehold::engine
