// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <core/backoff.hpp>
#include <core/status.hpp>
#include <engine/cluster.hpp>
#include <engine/failure.hpp>
#include <engine/lease_status.hpp>
#include <engine/work_count.hpp>
#include <rpc/transport.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
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
    /// Its deadline stands in place of `give_up`: it moves on while the lease is renewed. May be empty.
    std::shared_ptr<const lease_status> lease;

    boot_clock::time_point limit() const { return lease ? lease->deadline() : give_up; }
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
    boot_clock::time_point last_sent;   ///< when the one was sent that was answered

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
class request : public std::enable_shared_from_this<request<Response>> {
public:
    virtual ~request() = default;
    request(const request&) = delete;
    request& operator=(const request&) = delete;

    void begin() { attempt(); }

protected:
    request(engine::cluster& c, call_policy policy)
        : cluster_{c.shared_from_this()}, work_{c.work()}, policy_{std::move(policy)}
    {}

    /// Sends it; on_answer() is to be called afterwards.
    virtual void send(std::size_t endpoint, boot_clock::time_point deadline) = 0;
    virtual void done(outcome<Response> how) = 0;

    void on_answer(core::status s, Response r)
    {
        out_.verdict = core::classify(s);
        out_.status = std::move(s);
        switch (out_.verdict) {
        case core::verdict::ambiguous:
            cluster_->links().suspect(endpoint_);
            if (!policy_.repeatable)
                break;
            out_.repeated = true;
            return again();
        case core::verdict::retry:
            cluster_->links().suspect(endpoint_);
            return again();
        case core::verdict::back_off:
            return again();
        case core::verdict::unauthenticated:
            if (!cluster_->links().token_refused(token_))
                break;
            return again();
        case core::verdict::no_space:
        case core::verdict::fatal:
            // etcd may find that out after it has done what was asked (quotaApplierV3).
            out_.repeated = true;
            break;
        default:
            out_.response = std::move(r);
            break;
        }
        done(std::move(out_));
    }

    engine::cluster& cluster() const noexcept { return *cluster_; }
    const call_policy& policy() const noexcept { return policy_; }

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
        out_.last_sent = now;
        endpoint_ = *endpoint;
        token_ = cluster_->links().token_number();
        send(endpoint_, std::min(limit, now + policy_.attempt));
    }

    // Once there is an endpoint, it is an answer that is waited for: to the question for a token.
    boot_clock::time_point look_until() const
    {
        const auto limit = policy_.limit();
        return cluster_->links().any_ready() ? limit : std::min(policy_.connect_by, limit);
    }

    // The limit may have moved on when it comes.
    void wait_for_link()
    {
        cluster_->links().when_ready(look_until(), [self = this->shared_from_this()](bool ready) {
            if (ready || (self->cluster_->now() < self->look_until() && !self->is_refused()))
                self->attempt();
            else
                self->finish_unanswered();
        });
    }

    void again()
    {
        const auto at = std::min(cluster_->now() + pause_.pause(cluster_->random()), policy_.limit());
        cluster_->timers().at(at, [self = this->shared_from_this()] { self->attempt(); });
    }

    // While there is a lease, the credentials may yet be taken: its session is not to end before.
    bool is_refused() const { return !policy_.lease && !cluster_->links().refusal().empty(); }

    // Unless the server said something worth more than "nobody answers".
    void finish_unanswered()
    {
        if (is_refused()) {
            out_.verdict = core::verdict::unauthenticated;
            out_.status = {core::status_code::unauthenticated, cluster_->links().refusal(), true};
        }
        out_.unreachable = out_.verdict == core::verdict::ok || out_.verdict == core::verdict::retry ||
                           out_.verdict == core::verdict::ambiguous;
        if (out_.verdict == core::verdict::ok)
            out_.verdict = core::verdict::retry;
        done(std::move(out_));
    }

    const std::shared_ptr<engine::cluster> cluster_;
    const work_count::token work_;
    const call_policy policy_;
    outcome<Response> out_;
    std::size_t endpoint_ = 0;  ///< of the attempt under way
    std::uint64_t token_ = 0;   ///< likewise
    core::backoff pause_{std::chrono::milliseconds{10}, std::chrono::milliseconds{500}};
};

/// A request made of two functions.
template <class Response>
class call final : public request<Response> {
public:
    using send_function = std::function<void(rpc::transport&, std::size_t, boot_clock::time_point,
                                             rpc::unary_handler<Response>)>;
    using done_function = std::function<void(outcome<Response>)>;

    static void start(engine::cluster& c, call_policy policy, send_function send, done_function done)
    {
        std::make_shared<call>(c, std::move(policy), std::move(send), std::move(done))->begin();
    }

    call(engine::cluster& c, call_policy policy, send_function send, done_function done)
        : request<Response>{c, std::move(policy)}, send_{std::move(send)}, done_{std::move(done)}
    {}

private:
    void send(std::size_t endpoint, boot_clock::time_point deadline) override
    {
        const auto self = std::static_pointer_cast<call>(this->shared_from_this());
        send_(this->cluster().transport(), endpoint, deadline,
              [self](core::status s, Response r) { self->on_answer(std::move(s), std::move(r)); });
    }

    void done(outcome<Response> how) override
    {
        const auto last = std::exchange(done_, {});
        last(std::move(how));
    }

    send_function send_;
    done_function done_;
};

}  // namespace leasehold::engine
