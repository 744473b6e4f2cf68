// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <core/messages.hpp>
#include <memory/link.hpp>
#include <memory/watch_server.hpp>
#include <rpc/transport.hpp>

#include <boost/asio/post.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace leasehold::memory {

/// What the transport does to its streams.
class any_stream {
public:
    virtual ~any_stream() = default;
    virtual std::size_t member() const noexcept = 0;
    /// The connection or the server ends it.
    virtual void end(const core::status& why) = 0;
    /// The client wants to hear nothing any more; drops the handler.
    virtual void drop() = 0;
    virtual void publish() {}
};

/// One stream: a lane to the server and one back.
template <class Message>
class stream : public any_stream, public std::enable_shared_from_this<stream<Message>> {
public:
    using handler_type = rpc::stream_handler<Message>;

    stream(std::shared_ptr<const memory::link> l, etcd::strand strand, call_kind kind, handler_type handler)
        : link_{std::move(l)},
          strand_{std::move(strand)},
          kind_{kind},
          handler_{std::make_shared<const handler_type>(std::move(handler))},
          up_{scheduler().open_lane(link_->open())},
          down_{scheduler().open_lane(link_->open())}
    {}

    ~stream() override { drop(); }

    std::size_t member() const noexcept override { return link_->member; }

    void end(const core::status& why) override
    {
        if (std::exchange(ended_, true))
            return;
        scheduler().once([weak = this->weak_from_this(), why] {
            if (const auto self = weak.lock())
                self->on_strand([why](stream& s) {
                    const auto handler = std::exchange(s.handler_, nullptr);
                    handler->on_closed(why);
                });
        });
    }

    void drop() override
    {
        ended_ = true;
        scheduler().close_lane(std::exchange(up_, 0));
        scheduler().close_lane(std::exchange(down_, 0));
        const auto gone = std::exchange(handler_, nullptr);
    }

protected:
    memory::scheduler& scheduler() const noexcept { return link_->world.scheduler(); }
    etcd& world() const noexcept { return link_->world; }
    const memory::link& way() const noexcept { return *link_; }

    /// Has the server do something, in the order of the calls.
    void to_server(std::function<void()> action)
    {
        travel(up_, direction::to_server, [weak = this->weak_from_this(), action = std::move(action)] {
            if (const auto self = weak.lock(); self && !self->ended_)
                action();
        });
    }

    /// Has the server do it again at `when`, before anything that comes after.
    void again(std::function<void()> action, scheduler::time_point when)
    {
        scheduler().add_first(
            up_,
            [weak = this->weak_from_this(), action = std::move(action)] {
                if (const auto self = weak.lock(); self && !self->ended_)
                    action();
            },
            when);
    }

    void to_client(Message m)
    {
        const bool repeatable = may_repeat(m);
        auto hand_over = [weak = this->weak_from_this(), m = std::move(m)] {
            if (const auto self = weak.lock())
                self->on_strand([m](stream& s) {
                    const auto handler = s.handler_;
                    handler->on_message(m);
                });
        };
        travel(down_, direction::to_client, std::move(hand_over), repeatable);
    }

    virtual bool may_repeat(const Message&) const { return false; }

private:
    void travel(scheduler::lane lane, direction d, std::function<void()> action, bool repeatable = false)
    {
        if (ended_ || silent_)
            return;
        const auto f = link_->judge(kind_, d);
        switch (f.what) {
        case fault::kind::lose:
            fall_silent();
            break;
        case fault::kind::late:
        case fault::kind::fail:
            end(f.status);
            break;
        case fault::kind::delay:
            scheduler().add(lane, std::move(action), scheduler().now() + f.by);
            break;
        case fault::kind::twice:
            if (repeatable)
                scheduler().add(lane, action);
            scheduler().add(lane, std::move(action));
            break;
        case fault::kind::none:
            scheduler().add(lane, std::move(action));
            break;
        }
    }

    // Until the pings of the connection tell.
    void fall_silent()
    {
        silent_ = true;
        scheduler().once(
            [weak = this->weak_from_this()] {
                if (const auto self = weak.lock())
                    self->end(connection_reset());
            },
            scheduler().now() + silence_limit);
    }

    void on_strand(std::function<void(stream&)> f)
    {
        boost::asio::post(strand_, [weak = this->weak_from_this(), f = std::move(f)] {
            const auto self = weak.lock();
            if (self && self->handler_)
                f(*self);
        });
    }

    const std::shared_ptr<const memory::link> link_;
    const etcd::strand strand_;
    const call_kind kind_;
    std::shared_ptr<const handler_type> handler_;  ///< null: nobody listens any more
    scheduler::lane up_;
    scheduler::lane down_;
    bool ended_ = false;
    bool silent_ = false;
};

class lease_stream final : public stream<core::lease_renewal> {
public:
    lease_stream(std::shared_ptr<const memory::link> l, etcd::strand strand, std::string token,
                 handler_type handler);
    void renew(lease_id lease);

private:
    void serve(lease_id lease);

    const std::string token_;
};

class event_stream final : public stream<core::watch_message> {
public:
    event_stream(std::shared_ptr<const memory::link> l, etcd::strand strand, std::string token,
                 handler_type handler, std::size_t split_after);
    void create(const core::watch_create& r, const std::string& refusal);
    void cancel(core::watch_id id);
    void publish() override;

private:
    bool may_repeat(const core::watch_message& m) const override { return !m.events.empty() && !m.fragment; }
    void flush();
    void sync_soon();
    void report_progress_later();
    void later(boot_clock::time_point when, std::function<void()> what);

    const std::string token_;
    watch_server server_;
    bool sync_coming_ = false;
    bool report_coming_ = false;
};

}  // namespace leasehold::memory
