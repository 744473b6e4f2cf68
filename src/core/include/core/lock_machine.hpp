// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <core/lock_protocol.hpp>
#include <core/shared_text.hpp>

#include <leasehold/boot_clock.hpp>
#include <leasehold/fencing_token.hpp>
#include <leasehold/kv.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace leasehold::core {

/// A local waiter of a lock, and the holder that it becomes. Never 0; a later one has a larger number.
using waiter_id = std::uint64_t;

/// Numbers what the machine asked for, so that an answer to a question that no longer matters is recognised.
using step_id = std::uint64_t;

enum class watch_role : std::uint8_t { predecessor, own };

/// Why a waiter or a holder got no further.
enum class lock_failure : std::uint8_t {
    none,
    session_lost,
    session_closed,
    key_deleted,
    refused  ///< by the server, for a reason that the driver knows
};

/// What to read: our key alone, or with a predecessor that may have left, with some of the queue, or with the
/// one before it.
enum class sight : std::uint8_t { own, predecessor, nearby, place };

/// What the machine wants done.
namespace lock_action {

struct enqueue {
    step_id step;
    lock_request::kind how;  ///< `try_enqueue`, `enqueue` or `enqueue_behind`
    shared_text value;
};
struct look {
    step_id step;
    sight what;
    revision own;             ///< of our key, unless it is looked for itself
    std::string predecessor;  ///< the one to look at
};
/// Delete our key if it is the one created at `own`, repeating until it is certain.
struct leave {
    step_id step;
    revision own;
};
/// Watch a key from now on; report from which revision, and its removals. Of our own key its creations too.
struct watch {
    step_id step;
    watch_role role;
    std::string key;
};
struct unwatch {
    watch_role role;
};
/// The waiter is not the next: so many come before it, as far as known.
struct tell_place {
    waiter_id waiter;
    std::size_t position;
};
struct grant {
    waiter_id waiter;
    fencing_token token;
};
struct refuse {
    waiter_id waiter;
};
struct fail {
    waiter_id waiter;
    lock_failure why;
};
/// The holder's release is done.
struct released {
    waiter_id holder;
    lock_failure why;
};
/// The holder has lost the lock.
struct lose {
    waiter_id holder;
    lock_failure why;
};
/// Call `on_wake(step)` at that time.
struct wake {
    step_id step;
    boot_clock::time_point at;
};

using any =
    std::variant<enqueue, look, leave, watch, unwatch, tell_place, grant, refuse, fail, released, lose, wake>;

}  // namespace lock_action

/**
 * One session's part in one lock: its place in the lock's queue in etcd and the queue of local waiters behind
 * it.
 *
 * A session has at most one key in a queue. The machine brings it there when somebody waits, follows its
 * predecessor, hands ownership to the local waiters in their order, and takes the key away when nobody needs
 * it. It reads no clock and does no I/O: inputs carry the time, and what is to be done is left in
 * `take_actions()`.
 */
class lock_machine {
public:
    using time_point = boot_clock::time_point;
    using duration = boot_clock::duration;

    struct settings {
        /// How long our key waits, or owns the lock, before it is watched: a short wait or turn costs no
        /// watch. What happened to the key meanwhile is looked at when the watch begins.
        static constexpr duration watch_own_after = std::chrono::milliseconds{30};
        /// Where the wait before was shorter than this, the next one is given as much time.
        static constexpr duration brisk_wait = std::chrono::milliseconds{500};
        /// Of a longer queue, nobody asks etcd for the predecessor while joining: it would read the queue
        /// for that, while nothing else is written.
        static constexpr std::size_t crowd = 1000;
        /// How long a request whose answer was lost may still take effect. etcd gives up its own requests
        /// after 5 s and twice the election time-out; until then a put may create our key behind our back.
        static constexpr duration ghost_horizon = std::chrono::seconds{30};
        static constexpr duration retry_after = std::chrono::seconds{1};
    };

    /// When something happens, and until when the session's lease is certainly alive.
    struct moment {
        time_point now;
        time_point lease_deadline;
    };

    struct waiter {
        waiter_id id;
        bool only_if_free;
        duration local_turn;
        shared_text value;
        bool own_record = false;  ///< the value says who we are, whichever of us it is
    };

    /// \param tells_places whether anybody wants to know them
    explicit lock_machine(lock_place place, bool tells_places = false)
        : place_{std::move(place)}, tells_places_{tells_places}
    {}

    // What users do.
    void join(waiter w, moment m);
    void give_up(waiter_id id, moment m);
    /// \pre `holder` holds the lock. `may_pass`: a local waiter may take over under the same key.
    void release(waiter_id holder, bool may_pass, moment m);

    // What comes back. `repeated`: an earlier attempt may have taken effect, or still may.
    void on_enqueued(step_id step, const queue_position& position, bool repeated, moment m);
    void on_enqueue_refused(step_id step, bool repeated, moment m);
    void on_looked(step_id step, const queue_position& position, moment m);
    void on_look_refused(step_id step, moment m);
    void on_left(step_id step, bool existed, bool repeated, moment m);
    void on_leave_refused(step_id step, moment m);
    /// The watch delivers every change after `covered`.
    void on_watching(watch_role role, step_id step, revision covered, moment m);
    void on_watch_broken(watch_role role, step_id step);
    /// The server will not let us watch.
    void on_watch_refused(watch_role role, step_id step, moment m);
    void on_removed(watch_role role, step_id step, revision at, moment m);
    void on_created(watch_role role, step_id step, revision create_revision, moment m);
    void on_wake(step_id step, moment m);
    /// The lease, and with it our key, is gone or not to be relied on any more.
    void on_session_ended(lock_failure why);
    /// The lease lives on without us: a holder stays one, waiters are turned away and their place given up.
    void on_session_closing(lock_failure why, moment m);

    /// `used` is an earlier result, whose memory serves again.
    std::vector<lock_action::any> take_actions(std::vector<lock_action::any> used = {})
    {
        used.clear();
        return std::exchange(actions_, std::move(used));
    }

    /// Whether the last `wake` asked for is still wanted.
    bool wants_wake() const noexcept { return wake_ != 0; }
    /// Our key is watched: it waits or owns the lock for longer than most, or may yet appear.
    bool watches_own() const noexcept { return own_watch_ != 0; }
    const lock_place& place() const noexcept { return place_; }
    /// Nothing is wanted, nothing in flight and nothing left in etcd: the machine may be dropped.
    bool finished() const noexcept;

private:
    enum class phase : std::uint8_t { idle, joining, waiting, owned, leaving, ended };

    void advance(moment m);
    void begin_join();
    lock_request::kind how_to_join() const;
    void begin_leave(revision own);
    void begin_look(sight what);
    void look_for_changes();
    void become_waiter(const std::string& predecessor, moment m);
    void watch_own_later(moment m);
    void become_owner(moment m);
    const waiter& front() const { return waiters_.begin()->second; }
    void remove(std::map<waiter_id, waiter>::iterator which);
    void grant_front(moment m);
    void tell_places();
    void lose_key(moment m);
    void lose_predecessor();
    void fail_front(lock_failure why);
    void fail_all(lock_failure why);
    void check_own_gap();
    void refuse_attempts();
    void suspect_ghost(bool repeated, moment m);
    void watch_for_ghost(moment m);
    bool can_pass(moment m) const;
    bool fits_key() const;
    void watch(watch_role role, std::string key);
    void unwatch(watch_role role);
    void wake_at(time_point at);
    step_id& watch_step(watch_role role) { return role == watch_role::own ? own_watch_ : predecessor_watch_; }
    step_id next_step() { return ++last_step_; }
    template <class Action>
    void act(Action a)
    {
        actions_.emplace_back(std::move(a));
    }

    lock_place place_;
    bool tells_places_;
    phase phase_ = phase::idle;
    lock_failure ended_why_ = lock_failure::none;

    std::map<waiter_id, waiter> waiters_;  ///< in the order of their coming
    std::size_t attempts_ = 0;             ///< waiters that want the lock only if it is free
    waiter_id joiner_ = 0;                 ///< whose value the key has
    shared_text joined_value_;
    bool joined_own_record_ = false;
    bool joined_only_if_free_ = false;
    waiter_id told_ = 0;                             ///< those up to here know their places
    std::size_t ahead_ = queue_position::uncounted;  ///< keys before ours, when it was put there
    waiter_id holder_ = 0;
    waiter_id releasing_ = 0;  ///< whose unlock waits for the key to go

    revision own_ = 0;         ///< our key's create revision, while it is there
    revision known_ = 0;       ///< the store revision of what we know of our place
    std::string predecessor_;  ///< empty: not known, or gone
    std::uint64_t sequence_ = 0;
    time_point queued_{};  ///< when our key was put there; 0: some time before
    time_point turn_until_{};
    time_point ghost_until_{};  ///< until when our key may appear behind our back; 0: it certainly will not

    step_id last_step_ = 0;
    step_id request_ = 0;  ///< the enqueue or leave in flight
    step_id look_ = 0;     ///< the look in flight
    bool look_again_ = false;
    bool brisk_ = false;  ///< the last wait was
    step_id own_watch_ = 0;
    step_id predecessor_watch_ = 0;
    revision own_covered_ = 0;  ///< the own watch delivers what happened after it; 0: not set up yet
    step_id wake_ = 0;
    std::vector<lock_action::any> actions_;
};

}  // namespace leasehold::core
