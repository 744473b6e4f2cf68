// SPDX-License-Identifier: Apache-2.0
#include <engine/cluster.hpp>
#include <engine/lease_keeper.hpp>
#include <engine/lock_driver.hpp>
#include <engine/observing.hpp>
#include <engine/session.hpp>

#include <utility>
#include <vector>

namespace leasehold::engine {

struct session::user_guard {
    std::shared_ptr<engine::cluster> user;
    std::shared_ptr<session> inner;

    user_guard(std::shared_ptr<engine::cluster> c, std::shared_ptr<session> s)
        : user{std::move(c)}, inner{std::move(s)}
    {}
    user_guard(const user_guard&) = delete;
    user_guard& operator=(const user_guard&) = delete;

    ~user_guard()
    {
        user->run([s = inner] {
            if (s->open())
                s->close();
        });
    }
};

std::shared_ptr<session> session::make_user(std::shared_ptr<engine::cluster> user, std::shared_ptr<session> s)
{
    auto* address = s.get();
    return {std::make_shared<user_guard>(std::move(user), std::move(s)), address};
}

session::session(engine::cluster& c, lease_id lease, std::chrono::seconds ttl)
    : cluster_{c}, lease_{lease}, ttl_{ttl}
{}

session::~session() = default;

std::shared_ptr<lock_driver> session::lock_on(const std::string& name)
{
    if (const auto it = locks_.find(name); it != locks_.end())
        return it->second;
    auto driver = std::make_shared<lock_driver>(*this, name);
    locks_.emplace(driver->place().name(), driver);
    return driver;
}

// Who locks again and again finds everything in place.
void session::on_idle()
{
    constexpr auto a_while = std::chrono::seconds{1};
    if (state_ == state::ended)
        return;
    if (locks_.size() >= too_many_) {
        std::erase_if(locks_, [](const auto& entry) { return entry.second->idle(); });
        too_many_ = 4096 + 2 * locks_.size();
    }
    if (std::exchange(to_sweep_, true))
        return;
    cluster_.timers().at(cluster_.now() + a_while, [weak = weak_from_this()] {
        if (const auto self = weak.lock())
            self->sweep();
    });
}

void session::sweep()
{
    to_sweep_ = false;
    bool again = false;
    std::erase_if(locks_, [&again](const auto& entry) {
        auto& driver = *entry.second;
        const bool idle = driver.idle();
        const bool gone = idle && driver.unused();
        again = again || (idle && !gone);
        return gone;
    });
    if (again)
        on_idle();
}

void session::on_opened(const core::lease_clock& clock)
{
    status_->extend(clock.deadline());
    tell(cluster_.options(), [&](observer& o) { o.on_session_opened({lease_, ttl_}); });
}

bool session::on_renewed(const core::lease_clock& clock)
{
    if (!status_->extend(clock.deadline()))
        return false;
    tell(cluster_.options(), [&](observer& o) {
        const auto now = cluster_.now();
        o.on_session_renewed({lease_, now - clock.renewed_at(), clock.deadline() - now});
    });
    return true;
}

void session::on_lost(const std::string& why)
{
    if (state_ == state::ended)
        return;
    // An orphan's lease may live on with somebody who has adopted it.
    const bool ours = state_ == state::open;
    end(errc::session_lost, "the lease of the session was lost: " + why);
    if (ours)
        revoke_after_margin();
    for (const auto& op : std::exchange(lost_waiters_, {}))
        op->succeed(errc::session_lost);
    cluster_.forget(*this);
}

// Others need not wait for the rest of the time to live, where the server can be reached. But the margin is
// there for whoever hears of the loss a little later than it happened, and is not given away.
void session::revoke_after_margin()
{
    const auto margins = cluster_.margins();
    const auto drift = std::chrono::duration<double>{ttl_} * margins.drift;
    const auto now = cluster_.now();
    const auto at = now + std::chrono::duration_cast<boot_clock::duration>(drift) + margins.safety;
    cluster_.timers().at(at, [&cluster = cluster_, lease = lease_, give_up = now + ttl_] {
        if (!cluster.keeps(lease))  // adopted again meanwhile
            cluster.revoke(lease, give_up);
    });
}

void session::wait_lost(pending<errc>::pointer op)
{
    if (state_ == state::open) {
        prune(lost_waiters_);
        lost_waiters_.push_back(std::move(op));
    } else if (reason_ == errc::session_lost) {
        op->succeed(reason_);
    } else {
        op->fail(why_ended());
    }
}

void session::close(std::function<void(failure)> then)
{
    if (state_ != state::open) {
        if (then)
            then(why_ended());
        return;
    }
    const auto last = status_->deadline();
    end(errc::session_closed, "the session was closed");
    for (const auto& op : std::exchange(lost_waiters_, {}))
        op->fail(why_ended());
    cluster_.revoke(lease_, last, std::move(then));
    cluster_.forget(*this);
}

void session::end(errc reason, std::string text)
{
    const auto self = shared_from_this();
    const bool was_open = state_ == state::open;
    const failure before = why_ended();
    // An orphan's lease is no longer ours to renew; another session of this client may have adopted it.
    if (was_open)
        cluster_.keeper().remove(lease_);
    state_ = state::ended;
    reason_ = reason;
    text_ = std::move(text);
    status_->kill();
    if (was_open)
        tell_ended();
    const auto why =
        reason == errc::session_lost ? core::lock_failure::session_lost : core::lock_failure::session_closed;
    for (const auto& [name, driver] : std::exchange(locks_, {}))
        driver->on_session_ended(why);
    // What its locks have lost with the lease, an orphaned session has lost before.
    if (!was_open) {
        reason_ = static_cast<errc>(before.code.value());
        text_ = before.text;
    }
}

void session::tell_ended() const
{
    tell(cluster_.options(),
         [&](observer& o) { o.on_session_ended({lease_, make_error_code(reason_), text_}); });
}

void session::orphan()
{
    if (state_ != state::open)
        return;
    state_ = state::orphaned;
    reason_ = errc::session_closed;
    text_ = "the session was orphaned";
    cluster_.keeper().remove(lease_);
    tell_ended();
    for (const auto& op : std::exchange(lost_waiters_, {}))
        op->fail(why_ended());
    std::vector<std::shared_ptr<lock_driver>> drivers;
    for (const auto& [name, driver] : locks_)
        drivers.push_back(driver);
    for (const auto& driver : drivers)
        driver->on_session_closing();
    // What is held lives on to the last deadline, and ends here at that moment.
    cluster_.timers().at(status_->deadline(), [self = shared_from_this()] {
        if (self->state_ != state::orphaned)
            return;
        self->end(errc::session_lost, "the orphaned session's lease was not renewed");
        self->cluster_.forget(*self);
    });
}

void session::abandon() noexcept
{
    state_ = state::ended;
    reason_ = errc::session_closed;
    status_->kill();
    lost_waiters_.clear();
    for (const auto& [name, driver] : std::exchange(locks_, {}))
        driver->abandon();
}

}  // namespace leasehold::engine
