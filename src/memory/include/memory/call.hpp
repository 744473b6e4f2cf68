// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory/link.hpp>
#include <memory/reply.hpp>
#include <rpc/transport.hpp>

#include <boost/asio/post.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <utility>

namespace leasehold::memory {

/// What the transport does to its unary calls.
class any_call {
public:
    virtual ~any_call() = default;
    virtual std::size_t member() const noexcept = 0;
    virtual void fail(const core::status& why) = 0;
    /// The client wants to hear nothing any more; drops the handler.
    virtual void drop() = 0;
};

/// One unary call. The transport owns it; what is on its way has weak pointers.
template <class Response>
class call final : public any_call, public std::enable_shared_from_this<call<Response>> {
public:
    using answer = reply<Response>;
    using request = std::function<answer(store&, scheduler::time_point)>;

    call(std::shared_ptr<const memory::link> l, etcd::strand strand, call_kind kind,
         rpc::unary_handler<Response> handler, std::function<void()> forget)
        : link_{std::move(l)},
          strand_{std::move(strand)},
          kind_{kind},
          handler_{std::move(handler)},
          forget_{std::move(forget)}
    {}

    std::size_t member() const noexcept override { return link_->member; }

    void send(request r, scheduler::time_point deadline)
    {
        if (!link_->ready()) {
            core::status why{core::status_code::unavailable, "failed to connect to all addresses", false};
            return deliver({std::move(why), {}}, {}, {});
        }
        deadline_ = scheduler().once(
            [weak = this->weak_from_this()] {
                if (const auto self = weak.lock())
                    self->complete({{core::status_code::deadline_exceeded, "Deadline Exceeded"}, {}});
            },
            link_->clock.world(deadline));
        const auto f = link_->judge(kind_, direction::to_server);
        if (f.what == fault::kind::lose)
            return;
        if (f.what == fault::kind::fail || f.what == fault::kind::late)
            deliver({f.status, {}}, {}, link_->open());
        if (f.what == fault::kind::fail)
            return;
        arrive(std::move(r), scheduler().now() + f.by, f.what == fault::kind::twice ? 2 : 1);
    }

    void fail(const core::status& why) override { deliver({why, {}}, {}, {}); }

    void drop() override
    {
        scheduler().close_lane(std::exchange(deadline_, 0));
        const auto gone = std::exchange(handler_, nullptr);
    }

private:
    memory::scheduler& scheduler() const noexcept { return link_->world.scheduler(); }

    // What is sent takes effect whatever becomes of the client.
    void arrive(request r, scheduler::time_point when, int times)
    {
        scheduler().once(
            [weak = this->weak_from_this(), way = link_, life = link_->world.life_of(link_->member),
             r = std::move(r), times] {
                if (way->world.life_of(way->member) != life)
                    return;
                auto a = way->world.serve(r);
                const auto self = weak.lock();
                if (self && times > 1)
                    self->arrive(r, {}, times - 1);
                else if (self)
                    self->answered(std::move(a));
            },
            when, link_->decides());
    }

    void answered(answer a)
    {
        const auto f = link_->judge(kind_, direction::to_client);
        if (f.what == fault::kind::lose)
            return;
        if (f.what == fault::kind::fail || f.what == fault::kind::late)
            a = {f.status, {}};
        deliver(std::move(a), scheduler().now() + f.by, link_->open());
    }

    void deliver(answer a, scheduler::time_point when, std::function<bool()> open)
    {
        scheduler().once(
            [weak = this->weak_from_this(), a = std::move(a)] {
                if (const auto self = weak.lock())
                    self->complete(a);
            },
            when, std::move(open));
    }

    void complete(answer a)
    {
        boost::asio::post(strand_, [weak = this->weak_from_this(), a = std::move(a)]() mutable {
            const auto self = weak.lock();
            if (!self || !self->handler_)
                return;
            const auto handler = std::exchange(self->handler_, nullptr);
            self->drop();
            self->forget_();
            handler(std::move(a.status), std::move(a.response));
        });
    }

    const std::shared_ptr<const memory::link> link_;
    const etcd::strand strand_;
    const call_kind kind_;
    rpc::unary_handler<Response> handler_;
    const std::function<void()> forget_;
    scheduler::lane deadline_ = 0;
};

}  // namespace leasehold::memory
