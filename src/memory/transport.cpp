// SPDX-License-Identifier: Apache-2.0
#include <memory/call.hpp>
#include <memory/transport.hpp>

#include <boost/asio/post.hpp>

#include <utility>

namespace leasehold::memory {

namespace {

class keep_alive_end final : public rpc::keep_alive_stream {
public:
    explicit keep_alive_end(std::shared_ptr<lease_stream> s) : stream_{std::move(s)} {}
    ~keep_alive_end() override { stream_->drop(); }
    void send(lease_id lease) override { stream_->renew(lease); }

private:
    const std::shared_ptr<lease_stream> stream_;
};

class watch_end final : public rpc::watch_stream {
public:
    watch_end(std::shared_ptr<event_stream> s, etcd& world) : stream_{std::move(s)}, world_{world} {}
    ~watch_end() override { stream_->drop(); }
    void create(const core::watch_create& r) override { stream_->create(r, world_.watch_refusal()); }
    void cancel(core::watch_id id) override { stream_->cancel(id); }

private:
    const std::shared_ptr<event_stream> stream_;
    etcd& world_;
};

}  // namespace

transport::transport(etcd& world, etcd::strand strand, std::size_t client, const memory::clock& clock)
    : world_{world}, strand_{std::move(strand)}, clock_{clock}, alive_{std::make_shared<transport*>(this)}
{
    const auto members = world.endpoints().size();
    for (std::size_t m = 0; m < members; ++m)
        links_.push_back(std::make_shared<link>(world, client, m, clock));
}

transport::~transport()
{
    shutdown();
}

void transport::shutdown() noexcept
{
    if (!std::exchange(alive_, nullptr))
        return;
    world_.forget(this);
    const auto calls = std::exchange(calls_, {});
    const auto streams = std::exchange(streams_, {});
    const auto links = std::exchange(link_handler_, nullptr);
    const auto alarms = std::exchange(alarm_handler_, nullptr);
    for (const auto& [number, c] : calls)
        c->drop();
    for (const auto& [number, weak] : streams)
        if (const auto s = weak.lock())
            s->drop();
}

void transport::post(std::function<void()> f)
{
    if (alive_)
        boost::asio::post(strand_, [weak = std::weak_ptr{alive_}, f = std::move(f)] {
            if (!weak.expired())
                f();
        });
}

// ---- time ----

void transport::on_alarm(std::function<void()> handler)
{
    alarm_handler_ = std::make_shared<const std::function<void()>>(std::move(handler));
}

void transport::alarm_at(time_point when)
{
    world_.scheduler().once(
        [weak = std::weak_ptr{alive_}] {
            if (const auto self = weak.lock())
                (*self)->post([t = *self] {
                    if (const auto handler = t->alarm_handler_)
                        (*handler)();
                });
        },
        clock_.world(when));
}

// ---- links ----

void transport::on_link(link_handler handler)
{
    link_handler_ = std::make_shared<const link_handler>(std::move(handler));
}

void transport::connect(std::size_t m)
{
    if (alive_ && !std::exchange(links_.at(m)->wanted, true))
        try_connect(m);
}

void transport::try_connect(std::size_t m)
{
    set_state(m, rpc::link_state::connecting, {});
    world_.scheduler().once(
        [weak = std::weak_ptr{alive_}, m] {
            const auto self = weak.lock();
            if (!self || (*self)->links_[m]->state != rpc::link_state::connecting)
                return;
            if ((*self)->world_.up(m))
                (*self)->set_state(m, rpc::link_state::ready, {});
            else
                (*self)->set_state(m, rpc::link_state::failed,
                                   "cannot connect to " + (*self)->world_.endpoints()[m]);
        },
        {}, [l = links_[m]] { return !l->world.up(l->member) || l->open()(); });
}

void transport::set_state(std::size_t m, rpc::link_state state, const std::string& why)
{
    links_[m]->state = state;
    post([this, m, state, why] {
        if (const auto handler = link_handler_)
            (*handler)(m, state, why);
    });
}

void transport::lose_connection(std::size_t m, const std::string& why)
{
    if (!links_[m]->ready())
        return;
    for (const auto& [number, c] : std::map{calls_})
        if (c->member() == m)
            c->fail(connection_reset());
    break_streams(m, connection_reset());
    set_state(m, rpc::link_state::failed, why);
}

void transport::member_stopped(std::size_t m)
{
    lose_connection(m, "cannot connect to " + world_.endpoints()[m]);
}

void transport::member_started(std::size_t m)
{
    if (links_[m]->wanted && !links_[m]->ready())
        try_connect(m);
}

void transport::cut(std::size_t m, bool on)
{
    links_[m]->cut = on;
    if (on)
        fell_silent(m);
}

void transport::fell_silent(std::size_t m)
{
    world_.scheduler().once(
        [weak = std::weak_ptr{alive_}, m] {
            const auto self = weak.lock();
            if (!self || (*self)->links_[m]->open()())
                return;
            (*self)->lose_connection(m, (*self)->world_.endpoints()[m] + " is silent");
            (*self)->try_connect(m);
        },
        world_.now() + silence_limit);
}

void transport::break_streams(std::size_t m, const core::status& why)
{
    for (const auto& [number, weak] : std::map{streams_})
        if (const auto s = weak.lock(); s && s->member() == m)
            s->end(why);
}

void transport::publish()
{
    for (auto it = streams_.begin(); it != streams_.end();)
        if (const auto s = it->second.lock()) {
            s->publish();
            ++it;
        } else {
            it = streams_.erase(it);
        }
}

// ---- calls ----

template <class Response, class Request>
void transport::call(std::size_t m, call_kind kind, time_point deadline, Request r,
                     rpc::unary_handler<Response> handler)
{
    begin<Response>(
        m, kind, deadline,
        [this_world = &world_, token = token_, r = std::move(r)](store& s, time_point now) {
            auto why = this_world->admit(token);
            return why.ok() ? r(s, now) : reply<Response>{std::move(why), {}};
        },
        std::move(handler));
}

void transport::authenticate(std::size_t m, const core::credentials& who, time_point deadline,
                             rpc::unary_handler<std::string> h)
{
    begin<std::string>(
        m, call_kind::authenticate, deadline,
        [this_world = &world_, who](store&, time_point) { return this_world->authenticate(who); },
        std::move(h));
}

template <class Response, class Request>
void transport::begin(std::size_t m, call_kind kind, time_point deadline, Request r,
                      rpc::unary_handler<Response> handler)
{
    if (!alive_)
        return;
    const auto number = ++last_number_;
    const auto made = std::make_shared<memory::call<Response>>(
        links_.at(m), strand_, kind, std::move(handler), [this, number] { calls_.erase(number); });
    calls_.emplace(number, made);
    made->send(std::move(r), deadline);
}

void transport::range(std::size_t m, const get_request& r, time_point deadline,
                      rpc::unary_handler<get_result> h)
{
    call(m, call_kind::range, deadline, [r](store& s, time_point) { return s.range(r); }, std::move(h));
}

void transport::put(std::size_t m, const put_request& r, time_point deadline,
                    rpc::unary_handler<put_result> h)
{
    call(m, call_kind::put, deadline, [r](store& s, time_point) { return s.put(r); }, std::move(h));
}

void transport::remove(std::size_t m, const remove_request& r, time_point deadline,
                       rpc::unary_handler<remove_result> h)
{
    call(m, call_kind::remove, deadline, [r](store& s, time_point) { return s.remove(r); }, std::move(h));
}

void transport::txn(std::size_t m, const transaction& r, time_point deadline,
                    rpc::unary_handler<transaction_result> h)
{
    call(m, call_kind::txn, deadline, [r](store& s, time_point) { return s.txn(r); }, std::move(h));
}

void transport::txn(std::size_t m, std::span<const core::lock_request> list, time_point deadline,
                    rpc::unary_handler<transaction_result> h)
{
    if (list.size() == 1)
        return txn(m, core::to_transaction(list.front()), deadline, std::move(h));
    leasehold::transaction outer;
    for (const auto& r : list)
        outer.then.emplace_back(core::to_transaction(r));
    txn(m, outer, deadline, std::move(h));
}

void transport::lease_grant(std::size_t m, lease_id lease, std::chrono::seconds ttl, time_point deadline,
                            rpc::unary_handler<core::lease_grant_result> h)
{
    call(
        m, call_kind::lease_grant, deadline,
        [lease, ttl](store& s, time_point now) { return s.grant(lease, ttl, now); }, std::move(h));
}

void transport::lease_revoke(std::size_t m, lease_id lease, time_point deadline,
                             rpc::unary_handler<revision> h)
{
    call(
        m, call_kind::lease_revoke, deadline, [lease](store& s, time_point) { return s.revoke(lease); },
        std::move(h));
}

void transport::lease_time_to_live(std::size_t m, lease_id lease, bool with_keys, time_point deadline,
                                   rpc::unary_handler<core::lease_time_to_live_result> h)
{
    call(
        m, call_kind::lease_time_to_live, deadline,
        [lease, with_keys](store& s, time_point now) { return s.time_to_live(lease, with_keys, now); },
        std::move(h));
}

// ---- streams ----

void transport::enlist(const std::shared_ptr<any_stream>& s, const link& l)
{
    if (!alive_)
        return s->drop();
    streams_.emplace(++last_number_, s);
    if (!l.ready())
        s->end({core::status_code::unavailable, "failed to connect to all addresses", false});
}

std::unique_ptr<rpc::keep_alive_stream> transport::open_keep_alive(std::size_t m,
                                                                   rpc::stream_handler<core::lease_renewal> h)
{
    const auto s = std::make_shared<lease_stream>(links_.at(m), strand_, token_, std::move(h));
    enlist(s, *links_[m]);
    return std::make_unique<keep_alive_end>(s);
}

std::unique_ptr<rpc::watch_stream> transport::open_watch(std::size_t m,
                                                         rpc::stream_handler<core::watch_message> h)
{
    const auto s =
        std::make_shared<event_stream>(links_.at(m), strand_, token_, std::move(h), world_.split_after());
    enlist(s, *links_[m]);
    return std::make_unique<watch_end>(s, world_);
}

}  // namespace leasehold::memory
