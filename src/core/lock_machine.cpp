// SPDX-License-Identifier: Apache-2.0
#include <core/lock_machine.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

namespace leasehold::core {

namespace act_as = lock_action;

// ---- what users do ----

void lock_machine::join(waiter w, moment m)
{
    if (ended_why_ != lock_failure::none)
        return act(act_as::fail{w.id, ended_why_});
    // Somebody of ours is before it: holding, or waiting.
    if (w.only_if_free && (holder_ != 0 || !waiters_.empty()))
        return act(act_as::refuse{w.id});
    attempts_ += w.only_if_free;
    waiters_.emplace_hint(waiters_.end(), w.id, std::move(w));
    advance(m);
    tell_places();
}

void lock_machine::give_up(waiter_id id, moment m)
{
    if (const auto which = waiters_.find(id); which != waiters_.end())
        remove(which);
    advance(m);
}

void lock_machine::remove(std::map<waiter_id, waiter>::iterator which)
{
    attempts_ -= which->second.only_if_free;
    waiters_.erase(which);
}

void lock_machine::release(waiter_id holder, bool may_pass, moment m)
{
    if (phase_ != phase::owned || holder_ != holder)
        return;
    holder_ = 0;
    if (may_pass && can_pass(m)) {
        ++sequence_;
        act(act_as::released{holder, lock_failure::none});
        return grant_front(m);
    }
    releasing_ = holder;
    begin_leave(own_);
}

bool lock_machine::can_pass(moment m) const
{
    return fits_key() && m.now < turn_until_ && m.now < m.lease_deadline;
}

// The key says who holds the lock, so a waiter with another value needs a key of its own. Our records differ
// in the time only.
bool lock_machine::fits_key() const
{
    return !waiters_.empty() &&
           (front().value == joined_value_ || (front().own_record && joined_own_record_));
}

// ---- what to do next ----

void lock_machine::advance(moment m)
{
    switch (phase_) {
    case phase::idle:
        if (!waiters_.empty())
            begin_join();
        else
            watch_for_ghost(m);
        break;
    case phase::waiting:
        refuse_attempts();
        if (!fits_key())
            begin_leave(own_);
        break;
    case phase::owned:
        if (holder_ != 0)
            break;
        if (fits_key())
            grant_front(m);
        else
            begin_leave(own_);
        break;
    case phase::joining:
    case phase::leaving:
    case phase::ended:
        break;
    }
}

void lock_machine::begin_join()
{
    phase_ = phase::joining;
    joiner_ = front().id;
    joined_value_ = front().value;
    joined_own_record_ = front().own_record;
    joined_only_if_free_ = front().only_if_free;
    look_ = 0;
    wake_ = 0;
    unwatch(watch_role::own);
    request_ = next_step();
    act(act_as::enqueue{request_, how_to_join(), joined_value_});
}

// Who found others in the queue the last time expects them again.
lock_request::kind lock_machine::how_to_join() const
{
    using kind = lock_request::kind;
    if (joined_only_if_free_)
        return kind::try_enqueue;
    const bool some = ahead_ != queue_position::uncounted && ahead_ != 0;
    return some && ahead_ <= settings::crowd ? kind::enqueue_behind : kind::enqueue;
}

void lock_machine::begin_leave(revision own)
{
    phase_ = phase::leaving;
    look_ = 0;
    wake_ = 0;
    own_ = own;
    unwatch(watch_role::predecessor);
    unwatch(watch_role::own);
    request_ = next_step();
    act(act_as::leave{request_, own});
}

// In place of one whose answer has not come yet.
void lock_machine::begin_look(sight what)
{
    look_again_ = false;
    look_ = next_step();
    act(act_as::look{look_, what, own_, what == sight::predecessor ? predecessor_ : std::string{}});
}

// That may have happened while nobody watched.
void lock_machine::look_for_changes()
{
    if (look_ != 0)
        look_again_ = true;
    else if (phase_ != phase::waiting)
        begin_look(sight::own);
    else
        begin_look(predecessor_.empty() ? sight::place : sight::predecessor);
}

void lock_machine::become_waiter(const std::string& predecessor, moment m)
{
    phase_ = phase::waiting;
    refuse_attempts();
    if (!fits_key())
        return advance(m);
    predecessor_ = predecessor;
    unwatch(watch_role::predecessor);
    watch(watch_role::predecessor, predecessor_);
    if (own_watch_ != 0)
        check_own_gap();
    else
        watch_own_later(m);
}

void lock_machine::watch_own_later(moment m)
{
    if (wake_ == 0)
        wake_at(m.now + (brisk_ ? settings::brisk_wait : settings::watch_own_after));
}

void lock_machine::become_owner(moment m)
{
    if (phase_ == phase::waiting)
        brisk_ = m.now - queued_ < settings::brisk_wait;
    phase_ = phase::owned;
    look_ = 0;
    wake_ = 0;
    unwatch(watch_role::predecessor);
    sequence_ = 0;
    turn_until_ = m.now;
    if (!waiters_.empty())
        turn_until_ += front().local_turn;
    check_own_gap();
    advance(m);
}

void lock_machine::grant_front(moment m)
{
    // The session is about to end: nobody may be told that they own anything.
    if (m.now >= m.lease_deadline)
        return;
    holder_ = front().id;
    remove(waiters_.begin());
    act(act_as::grant{holder_, fencing_token{own_, sequence_}});
    // Once for all who hold it in one turn: a key must not go unwatched because each of them holds it
    // shortly.
    if (own_watch_ == 0 && wake_ == 0)
        wake_at(m.now + settings::watch_own_after);
}

// To whoever has come since the last time, and while it is known what is before our key.
void lock_machine::tell_places()
{
    const bool known =
        (phase_ == phase::waiting && ahead_ != queue_position::uncounted) || phase_ == phase::owned;
    if (!tells_places_ || !known)
        return;
    const auto before = phase_ == phase::waiting ? ahead_ : holder_ != 0;
    const auto first = waiters_.upper_bound(told_);
    auto position = before + waiters_.size() - static_cast<std::size_t>(std::distance(first, waiters_.end()));
    for (auto i = first; i != waiters_.end(); ++i)
        act(act_as::tell_place{told_ = i->first, position++});
}

// A watch kept from before, set up between our last look and its answer, may have begun too late.
void lock_machine::check_own_gap()
{
    if (own_watch_ != 0 && own_covered_ > known_)
        look_for_changes();
}

void lock_machine::fail_front(lock_failure why)
{
    if (waiters_.empty())
        return;
    const auto id = front().id;
    remove(waiters_.begin());
    act(act_as::fail{id, why});
}

void lock_machine::refuse_attempts()
{
    for (auto i = waiters_.begin(); attempts_ != 0;) {
        const auto which = i++;
        if (!which->second.only_if_free)
            continue;
        act(act_as::refuse{which->first});
        remove(which);
    }
}

// Somebody deleted our key. Who waited or held at its head is told; the others queue again.
void lock_machine::lose_key(moment m)
{
    const bool owned = phase_ == phase::owned;
    phase_ = phase::idle;
    own_ = 0;
    look_ = 0;
    wake_ = 0;
    unwatch(watch_role::predecessor);
    unwatch(watch_role::own);
    if (owned && holder_ != 0)
        act(act_as::lose{std::exchange(holder_, 0), lock_failure::key_deleted});
    else
        fail_front(lock_failure::key_deleted);
    advance(m);
}

void lock_machine::suspect_ghost(bool repeated, moment m)
{
    if (repeated)
        ghost_until_ = m.now + settings::ghost_horizon;
}

// An attempt whose answer was lost may have created our key, or still may: the key is looked for now, watched
// for until the horizon, and looked for once more then, since a watch may be late. It is always deleted as
// the one that was seen: a deletion by name alone, if it took effect late itself, would hit a key of ours
// that came after it.
void lock_machine::watch_for_ghost(moment m)
{
    if (ghost_until_ == time_point{} || wake_ != 0 || look_ != 0)
        return;
    if (m.now >= ghost_until_)
        return begin_look(sight::own);
    known_ = 0;
    watch(watch_role::own, place_.key);
    wake_at(ghost_until_);
}

// ---- answers ----

void lock_machine::on_enqueued(step_id step, const queue_position& position, bool repeated, moment m)
{
    if (phase_ != phase::joining || step != request_)
        return;
    request_ = 0;
    suspect_ghost(repeated, m);
    known_ = position.store_revision;
    own_ = position.own;
    ahead_ = position.ahead;
    predecessor_.clear();
    const bool put_now = ahead_ != queue_position::uncounted;  // not by an earlier attempt
    queued_ = put_now ? m.now : time_point{};
    if (own_ == 0) {
        // Only an attempt that was not to wait ends like this.
        phase_ = phase::idle;
        if (!waiters_.empty() && front().id == joiner_ && joined_only_if_free_) {
            act(act_as::refuse{joiner_});
            remove(waiters_.begin());
        }
        return advance(m);
    }
    if (position.known && position.predecessor.empty()) {
        become_owner(m);
    } else if (position.known) {
        become_waiter(position.predecessor, m);
    } else {
        phase_ = phase::waiting;
        advance(m);
        if (phase_ == phase::waiting) {
            watch_own_later(m);
            begin_look(put_now && ahead_ > settings::crowd ? sight::nearby : sight::place);
        }
    }
    tell_places();
}

void lock_machine::on_enqueue_refused(step_id step, bool repeated, moment m)
{
    if (phase_ != phase::joining || step != request_)
        return;
    request_ = 0;
    suspect_ghost(repeated, m);
    phase_ = phase::idle;
    if (!waiters_.empty() && front().id == joiner_)
        fail_front(lock_failure::refused);
    advance(m);
}

void lock_machine::on_looked(step_id step, const queue_position& position, moment m)
{
    if (step != look_ || look_ == 0)
        return;
    look_ = 0;
    known_ = std::max(known_, position.store_revision);
    if (phase_ == phase::idle) {
        if (position.own != 0)
            begin_leave(position.own);
        else if (look_again_)
            look_for_changes();
        else if (wake_ == 0)
            ghost_until_ = {};  // this was the last look
        return;
    }
    if (position.own != own_)
        return lose_key(m);
    if (phase_ != phase::waiting) {
        if (look_again_)
            look_for_changes();
        return;
    }
    if (!position.known) {
        predecessor_.clear();
        return begin_look(sight::place);
    }
    if (position.predecessor.empty())
        return become_owner(m);
    if (position.predecessor != predecessor_ || predecessor_watch_ == 0)
        return become_waiter(position.predecessor, m);
    if (look_again_)
        look_for_changes();
}

void lock_machine::on_look_refused(step_id step, moment m)
{
    if (step != look_ || look_ == 0)
        return;
    look_ = 0;
    if (phase_ != phase::waiting) {
        // What it was to settle stays open: a new watch, later, asks again.
        unwatch(watch_role::own);
        return wake_at(m.now + settings::retry_after);
    }
    fail_front(lock_failure::refused);
    advance(m);
    if (phase_ == phase::waiting)
        look_for_changes();
}

void lock_machine::on_left(step_id step, bool existed, bool repeated, moment m)
{
    if (phase_ != phase::leaving || step != request_)
        return;
    request_ = 0;
    wake_ = 0;
    phase_ = phase::idle;
    own_ = 0;
    if (releasing_ != 0) {
        const auto why = existed || repeated ? lock_failure::none : lock_failure::key_deleted;
        act(act_as::released{std::exchange(releasing_, 0), why});
    }
    advance(m);
}

void lock_machine::on_leave_refused(step_id step, moment m)
{
    if (phase_ != phase::leaving || step != request_)
        return;
    request_ = 0;
    if (releasing_ != 0)
        act(act_as::released{std::exchange(releasing_, 0), lock_failure::refused});
    // Behind a key that cannot be taken away nobody of ours gets on.
    fail_all(lock_failure::refused);
    wake_at(m.now + settings::retry_after);
}

// ---- watches and time ----

void lock_machine::watch(watch_role role, std::string key)
{
    auto& step = watch_step(role);
    if (step != 0)
        act(act_as::unwatch{role});
    step = next_step();
    if (role == watch_role::own)
        own_covered_ = 0;
    act(act_as::watch{step, role, std::move(key)});
}

void lock_machine::unwatch(watch_role role)
{
    auto& step = watch_step(role);
    if (std::exchange(step, 0) != 0)
        act(act_as::unwatch{role});
}

void lock_machine::wake_at(time_point at)
{
    wake_ = next_step();
    act(act_as::wake{wake_, at});
}

void lock_machine::on_watching(watch_role role, step_id step, revision covered, moment)
{
    if (step == 0 || step != watch_step(role))
        return;
    if (role == watch_role::own)
        own_covered_ = covered;
    // What changed between our last look and the watch's begin is in neither.
    const bool settled = phase_ == phase::waiting || phase_ == phase::owned || phase_ == phase::idle;
    if (settled && covered > known_)
        look_for_changes();
}

void lock_machine::on_watch_broken(watch_role role, step_id step)
{
    if (step == 0 || step != watch_step(role))
        return;
    watch_step(role) = 0;
    if (role == watch_role::own)
        watch(role, place_.key);
    else if (!predecessor_.empty())
        watch(role, predecessor_);
}

// A waiter that cannot watch would never learn that its turn has come. A holder, and a place that nobody
// wants any more, can wait for the server to change its mind.
void lock_machine::on_watch_refused(watch_role role, step_id step, moment m)
{
    if (step == 0 || step != watch_step(role))
        return;
    watch_step(role) = 0;
    if (phase_ != phase::waiting)
        return wake_at(m.now + settings::retry_after);
    fail_all(lock_failure::refused);
    advance(m);
}

void lock_machine::on_removed(watch_role role, step_id step, revision at, moment m)
{
    if (step == 0 || step != watch_step(role))
        return;
    if (at <= known_)
        return;  // of a key of that name before the one we know
    if (role == watch_role::predecessor)
        lose_predecessor();
    else if (own_ != 0 && at > own_ && (phase_ == phase::waiting || phase_ == phase::owned))
        lose_key(m);
}

void lock_machine::lose_predecessor()
{
    if (predecessor_.empty())
        return;  // it had queued again, behind us, before the look that goes on
    predecessor_.clear();
    begin_look(sight::place);
}

void lock_machine::on_created(watch_role role, step_id step, revision create_revision, moment)
{
    if (step == 0 || step != watch_step(role) || role != watch_role::own || phase_ != phase::idle)
        return;
    begin_leave(create_revision);
}

void lock_machine::on_wake(step_id step, moment m)
{
    if (step != wake_ || wake_ == 0)
        return;
    wake_ = 0;
    switch (phase_) {
    case phase::waiting:
        brisk_ = false;
        [[fallthrough]];
    case phase::owned:
        if (own_watch_ == 0)
            watch(watch_role::own, place_.key);
        break;
    case phase::leaving:
        begin_leave(own_);
        break;
    case phase::idle:
        unwatch(watch_role::own);
        look_ = 0;
        watch_for_ghost(m);
        break;
    case phase::joining:
    case phase::ended:
        break;
    }
}

void lock_machine::on_session_ended(lock_failure why)
{
    if (phase_ == phase::ended)
        return;
    phase_ = phase::ended;
    ended_why_ = why;
    unwatch(watch_role::predecessor);
    unwatch(watch_role::own);
    request_ = look_ = wake_ = 0;
    if (holder_ != 0)
        act(act_as::lose{std::exchange(holder_, 0), why});
    if (releasing_ != 0)
        act(act_as::released{std::exchange(releasing_, 0), why});
    fail_all(why);
}

void lock_machine::on_session_closing(lock_failure why, moment m)
{
    if (ended_why_ != lock_failure::none)
        return;
    ended_why_ = why;
    fail_all(why);
    advance(m);
}

void lock_machine::fail_all(lock_failure why)
{
    while (!waiters_.empty())
        fail_front(why);
}

bool lock_machine::finished() const noexcept
{
    if (phase_ == phase::ended)
        return true;
    return phase_ == phase::idle && waiters_.empty() && wake_ == 0 && look_ == 0;
}

}  // namespace leasehold::core
