// SPDX-License-Identifier: Apache-2.0
#include <engine/batcher.hpp>
#include <engine/call.hpp>
#include <engine/cluster.hpp>
#include <engine/context_service.hpp>
#include <engine/lease_keeper.hpp>
#include <engine/session.hpp>
#include <engine/watch_hub.hpp>

#include <boost/asio/post.hpp>

#include <algorithm>
#include <random>
#include <utility>

namespace leasehold::engine {

namespace {

std::uint64_t random_seed()
{
    std::random_device device;
    return (std::uint64_t{device()} << 32) ^ device();
}

}  // namespace

/// Lives as long as a public handle does.
struct cluster::user_guard {
    std::shared_ptr<cluster> inner;

    explicit user_guard(std::shared_ptr<cluster> c) : inner{std::move(c)} {}
    user_guard(const user_guard&) = delete;
    user_guard& operator=(const user_guard&) = delete;
    ~user_guard()
    {
        // Not the last owner here: its end belongs on the strand.
        auto& c = *inner;
        c.run([last = std::move(inner)] { last->users_gone(); });
    }
};

std::shared_ptr<cluster> cluster::make_user(asio::any_io_executor executor, client_options options,
                                            const transport_factory& factory,
                                            std::optional<std::uint64_t> seed)
{
    auto inner =
        std::make_shared<cluster>(std::move(executor), std::move(options), seed ? *seed : random_seed());
    inner->start(factory(inner->strand_));
    auto* address = inner.get();
    return {std::make_shared<user_guard>(std::move(inner)), address};
}

cluster::cluster(asio::any_io_executor executor, client_options options, std::uint64_t seed)
    : executor_{std::move(executor)},
      options_{std::move(options)},
      strand_{executor_},
      work_{executor_},
      random_{seed}
{}

cluster::~cluster()
{
    if (service_)
        service_->remove(this);
    shutdown();
}

void cluster::start(std::unique_ptr<rpc::transport> t)
{
    transport_ = std::move(t);
    timers_ = std::make_unique<engine::timers>(*transport_);
    links_ = std::make_unique<engine::links>(*transport_, *timers_, random_, options_,
                                             [weak = weak_from_this()] { return weak.lock(); });
    hub_ = std::make_unique<engine::watch_hub>(*this);
    keeper_ = std::make_unique<engine::lease_keeper>(*this);
    batcher_ = std::make_unique<engine::batcher>(*transport_, options_,
                                                 [this](std::function<void()> f) { defer(std::move(f)); });
    transport_->on_alarm(keeping([this] { timers_->on_alarm(); }));
    transport_->on_link(keeping([this](std::size_t endpoint, rpc::link_state state, std::string why) {
        links_->on_link(endpoint, state, std::move(why));
    }));
    service_ = &context_service::of(executor_);
    service_->add(weak_from_this());
}

void cluster::defer(std::function<void()> f)
{
    asio::post(strand_, [weak = weak_from_this(), f = std::move(f)] {
        if (const auto self = weak.lock(); self && !self->shut_down_)
            f();
    });
}

void cluster::shutdown() noexcept
{
    if (std::exchange(shut_down_, true) || !transport_)
        return;
    service_ = nullptr;
    // First the transport: from then on nothing calls back.
    transport_->shutdown();
    batcher_->clear();
    hub_->clear();
    for (const auto& s : std::exchange(sessions_, {}))
        s->abandon();
    defaults_.clear();
    dependants_.abandon();
    keeper_->clear();
    links_->clear();
    timers_->clear();
}

core::lease_margins cluster::margins() const noexcept
{
    return {options_.max_clock_drift, options_.safety_margin};
}

failure cluster::unreachable(const std::string& what) const
{
    if (const auto refusal = links_->refusal(); !refusal.empty())
        return {make_error_code(errc::unauthenticated), what + ": " + refusal};
    return {make_error_code(errc::unreachable),
            what + (links_->any_ready() ? ": no answer in time: " : ": no endpoint could be reached: ") +
                links_->describe()};
}

call_policy cluster::user_policy(bool repeatable) const
{
    call_policy p;
    p.repeatable = repeatable;
    p.attempt = options_.request_timeout;
    p.connect_by = now() + options_.connect_timeout;
    p.give_up = p.connect_by + options_.request_timeout;
    return p;
}

// ---- sessions ----

void cluster::default_session(std::chrono::seconds ttl, session_handler then)
{
    auto& slot = defaults_[ttl];
    if (slot.ready)
        return then({}, slot.ready);
    slot.waiting.push_back(std::move(then));
    if (slot.waiting.size() > 1)
        return;
    open_session(ttl, [this, ttl](const failure& why, const std::shared_ptr<session>& s) {
        auto& opened = defaults_[ttl];
        opened.ready = s;
        for (const auto& waiting : std::exchange(opened.waiting, {}))
            waiting(why, s);
        if (users_gone_)
            users_gone();
    });
}

std::shared_ptr<session> cluster::ready_session(std::chrono::seconds ttl) const
{
    const auto slot = defaults_.find(ttl);
    return slot != defaults_.end() ? slot->second.ready : nullptr;
}

void cluster::users_gone()
{
    users_gone_ = true;
    for (auto& [ttl, slot] : std::exchange(defaults_, {}))
        if (slot.ready)
            slot.ready->close();
        else if (!slot.waiting.empty())
            defaults_[ttl].waiting = std::move(slot.waiting);
}

void cluster::forget(const session& s)
{
    for (auto& [ttl, slot] : defaults_)
        if (slot.ready.get() == &s)
            slot.ready.reset();
    std::erase_if(sessions_, [&s](const auto& p) { return p.get() == &s; });
}

bool cluster::keeps(lease_id lease) const
{
    return std::any_of(sessions_.begin(), sessions_.end(),
                       [lease](const auto& s) { return s->lease() == lease && s->open(); });
}

std::shared_ptr<session> cluster::enrol(lease_id lease, boot_clock::time_point sent,
                                        std::chrono::seconds left, std::chrono::seconds ttl)
{
    core::lease_clock clock{margins()};
    clock.granted(sent, left, random_);
    auto s = std::make_shared<session>(*this, lease, ttl);
    s->on_opened(clock);
    sessions_.insert(s);
    keeper_->add(lease, std::move(clock),
                 {[raw = s.get()](const core::lease_clock& renewed) { return raw->on_renewed(renewed); },
                  [raw = s.get()](const std::string& why) { raw->on_lost(why); }});
    return s;
}

void cluster::open_session(std::chrono::seconds ttl, session_handler then)
{
    grant_lease(ttl, [this, then = std::move(then)](const failure& why, const granted_lease& g) {
        then(why, why.code ? nullptr : enrol(g.lease, g.sent, g.left, g.ttl));
    });
}

void cluster::grant_lease(std::chrono::seconds ttl, grant_handler then)
{
    // A number of our own makes the grant repeatable: a second one finds the first (etcd: "lease already
    // exists").
    const auto lease = static_cast<lease_id>(random_.bits() >> 1) | 1;
    call<core::lease_grant_result>::start(
        *this, user_policy(true),
        [lease, ttl](rpc::transport& t, std::size_t endpoint, boot_clock::time_point deadline, auto handler) {
            t.lease_grant(endpoint, lease, ttl, deadline, std::move(handler));
        },
        [this, lease, ttl, then = std::move(then)](const outcome<core::lease_grant_result>& r) {
            if (r.verdict == core::verdict::lease_exists && r.repeated)
                return read_granted(lease, ttl, r.last_sent + ttl, then);
            if (r.verdict == core::verdict::lease_exists)
                return grant_lease(ttl, then);
            if (r.ok())
                return then({}, {lease, r.response.ttl, r.response.ttl, r.last_sent});
            // The answers may be lost and the lease be there.
            if (r.repeated)
                revoke(lease, r.last_sent + ttl);
            then(r.why(*this, "cannot get a lease"), {});
        });
}

// The lease was granted by an attempt whose answer was lost.
void cluster::read_granted(lease_id lease, std::chrono::seconds ttl, boot_clock::time_point give_up,
                           grant_handler then)
{
    call<core::lease_time_to_live_result>::start(
        *this, user_policy(true),
        [lease](rpc::transport& t, std::size_t endpoint, boot_clock::time_point deadline, auto handler) {
            t.lease_time_to_live(endpoint, lease, false, deadline, std::move(handler));
        },
        [this, lease, ttl, give_up,
         then = std::move(then)](const outcome<core::lease_time_to_live_result>& r) {
            const auto left = r.last_sent + r.response.ttl - now();
            if (r.ok() && left > std::chrono::seconds{2})
                return then({}, {lease, r.response.granted_ttl, r.response.ttl, r.last_sent});
            revoke(lease, give_up);
            if (r.ok())  // too old by now
                return grant_lease(ttl, then);
            then(r.why(*this, "cannot get a lease"), {});
        });
}

void cluster::adopt_session(lease_id lease, session_handler then)
{
    call<core::lease_time_to_live_result>::start(
        *this, user_policy(true),
        [lease](rpc::transport& t, std::size_t endpoint, boot_clock::time_point deadline, auto handler) {
            t.lease_time_to_live(endpoint, lease, false, deadline, std::move(handler));
        },
        [this, lease, then = std::move(then)](const outcome<core::lease_time_to_live_result>& r) {
            const auto what = "cannot adopt the lease " + std::to_string(lease);
            if (!r.ok())
                return then(r.why(*this, what), nullptr);
            if (r.response.ttl.count() <= 0)
                return then(
                    {make_error_code(errc::lease_not_found), what + ": it has expired or never existed"},
                    nullptr);
            if (keeps(lease))
                return then({make_error_code(errc::invalid_option), what + ": this client keeps it already"},
                            nullptr);
            // The first renewal makes it whole.
            then({}, enrol(lease, r.last_sent, r.response.ttl, r.response.granted_ttl));
        });
}

void cluster::revoke(lease_id lease, boot_clock::time_point give_up, std::function<void(failure)> then)
{
    auto policy = user_policy(true);
    policy.connect_by = policy.give_up = give_up;
    call<revision>::start(
        *this, std::move(policy),
        [lease](rpc::transport& t, std::size_t endpoint, boot_clock::time_point deadline, auto handler) {
            t.lease_revoke(endpoint, lease, deadline, std::move(handler));
        },
        [this, then = std::move(then)](const outcome<revision>& r) {
            if (!then)
                return;
            if (r.ok() || r.verdict == core::verdict::lease_gone)
                return then({});
            then(r.why(*this, "cannot revoke the session's lease"));
        });
}

}  // namespace leasehold::engine
