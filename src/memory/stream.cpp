// SPDX-License-Identifier: Apache-2.0
#include <memory/stream.hpp>

#include <chrono>

namespace leasehold::memory {

namespace {

// Watch streams ask for a leader (etcd's require-leader).
core::status no_leader()
{
    return {core::status_code::unavailable, "etcdserver: no leader"};
}

// etcd looks after its unsynced watchers so often.
constexpr std::chrono::milliseconds sync_interval{100};

boot_clock::time_point next_sync(boot_clock::time_point now)
{
    const boot_clock::duration interval{sync_interval};
    return boot_clock::time_point{(now.time_since_epoch() / interval + 1) * interval};
}

}  // namespace

std::function<bool()> link::open() const
{
    return [self = shared_from_this()] { return !self->cut && self->world.responsive(self->member); };
}

std::function<bool()> link::decides() const
{
    return [self = shared_from_this(), life = world.life_of(member)] {
        if (self->world.life_of(self->member) != life)
            return true;
        return self->open()() && self->world.has_leader();
    };
}

fault link::judge(call_kind kind, direction d) const
{
    return world.judge(client, member, kind, d);
}

// ---- leases ----

lease_stream::lease_stream(std::shared_ptr<const memory::link> l, etcd::strand strand, std::string token,
                           handler_type handler)
    : stream{std::move(l), std::move(strand), call_kind::keep_alive, std::move(handler)},
      token_{std::move(token)}
{}

void lease_stream::renew(lease_id lease)
{
    to_server([this, lease] { serve(lease); });
}

// An expired lease holds up everything behind it until its end is decided.
void lease_stream::serve(lease_id lease)
{
    if (!world().has_leader())
        return end({core::status_code::unknown, "not a primary lessor"});
    if (auto why = world().admit(token_); !why.ok())
        return end(why);
    if (const auto renewed = world().renew(lease))
        to_client(*renewed);
    else
        again([this, lease] { serve(lease); }, world().store().leases().find(lease)->revoked);
}

// ---- watches ----

event_stream::event_stream(std::shared_ptr<const memory::link> l, etcd::strand strand, std::string token,
                           handler_type handler, std::size_t split_after)
    : stream{l, std::move(strand), call_kind::watch, std::move(handler)},
      token_{std::move(token)},
      server_{l->world.store().history()}
{
    server_.split_after(split_after);
}

void event_stream::create(const core::watch_create& r, const std::string& refusal)
{
    to_server([this, r, refusal] {
        if (!world().has_leader())
            return end(no_leader());
        if (!world().admit(token_).ok())
            server_.refuse("etcdserver: permission denied");  // as until 3.5.9, whatever is wrong
        else if (refusal.empty())
            server_.create(r);
        else
            server_.refuse(refusal);
        flush();
        sync_soon();
        report_progress_later();
    });
}

void event_stream::cancel(core::watch_id id)
{
    to_server([this, id] {
        server_.cancel(id);
        flush();
    });
}

void event_stream::publish()
{
    server_.publish(world().watch_lag());
    flush();
    sync_soon();
}

void event_stream::flush()
{
    for (auto& m : server_.take_messages())
        to_client(std::move(m));
}

void event_stream::sync_soon()
{
    if (server_.synced() || std::exchange(sync_coming_, true))
        return;
    later(next_sync(scheduler().now()), [this] {
        sync_coming_ = false;
        server_.sync();
        flush();
    });
}

void event_stream::report_progress_later()
{
    if (!server_.wants_progress() || std::exchange(report_coming_, true))
        return;
    later(scheduler().now() + world().progress_interval(), [this] {
        report_coming_ = false;
        server_.report_progress();
        flush();
        report_progress_later();
    });
}

/// Unless the stream has gone by then.
void event_stream::later(boot_clock::time_point when, std::function<void()> what)
{
    scheduler().once(
        [weak = weak_from_this(), what = std::move(what)] {
            if (const auto self = weak.lock())
                what();
        },
        when, way().open());
}

}  // namespace leasehold::memory
