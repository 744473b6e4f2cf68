// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <core/backoff.hpp>

#include <leasehold/boot_clock.hpp>
#include <leasehold/fencing_token.hpp>
#include <leasehold/kv.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace leasehold::core {

/// Numbers what the machine asked for, so that a late answer to what was given up is recognised. Never 0.
using attempt_id = std::uint64_t;

/// A user's wish for another value. Never 0.
using update_id = std::uint64_t;

/// Why something did not work.
struct claim_trouble {
    int code = 0;  ///< the driver's; 0: nothing is wrong
    std::string text;
    bool hopeless = false;  ///< the same once more would end the same way
};

struct claim_state {
    bool owned = false;
    fencing_token token;  ///< while owned
    claim_trouble why;
};

/// What the machine wants done.
namespace claim_action {

/// Queue for the name, with a key of this value.
struct queue {
    attempt_id attempt;
    std::string value;
};
/// Give the place in the queue up, or the search for one.
struct leave {};
/// Release what is owned.
struct release {};
/// Put the value into our key, created at `own`, if its last change is the one of `known`; else read it.
struct publish {
    attempt_id attempt;
    revision own;
    revision known;
    std::string value;
};
/// The claim's state is another one.
struct tell {
    claim_state state;
};
/// An update has ended: etcd has the value, or does not because nothing is owned, or `why` not.
struct answer {
    update_id update;
    bool published;
    claim_trouble why;
};
/// Call `on_wake(attempt)` at that time, from a fresh stack.
struct wake {
    attempt_id attempt;
    boot_clock::time_point at;
};

using any = std::variant<queue, leave, release, publish, tell, answer, wake>;

}  // namespace claim_action

/**
 * One claim of a name: queues for it, again whenever it is lost, and keeps what the key says equal to what
 * the user wants it to say.
 *
 * Values are written one at a time, each only over the last one known: a write that was repeated because its
 * answer was lost, and takes effect late, can then never hide a later one.
 */
class claim_machine {
public:
    using time_point = boot_clock::time_point;

    explicit claim_machine(std::string value) { wanted_.text = std::move(value); }

    // What the user does.
    void begin();
    void set_value(update_id update, std::string value);
    /// For good; `why` is what the state says from then on.
    void release(claim_trouble why);

    // What comes back.
    void on_granted(attempt_id attempt, fencing_token token);
    void on_not_granted(attempt_id attempt, claim_trouble why, time_point now, jitter& random);
    void on_lost(claim_trouble why, time_point now);
    /// The key says what it was to say, since revision `at`.
    void on_published(attempt_id attempt, revision at);
    /// The key is ours still, and was changed at `at` by somebody else: to `value`.
    void on_changed_by_others(attempt_id attempt, const std::string& value, revision at);
    /// The key is not ours any more.
    void on_key_gone(attempt_id attempt);
    void on_publish_failed(attempt_id attempt, const claim_trouble& why);
    void on_wake(attempt_id attempt);

    const claim_state& state() const noexcept { return state_; }
    bool released() const noexcept { return phase_ == phase::released; }
    std::vector<claim_action::any> take_actions() { return std::exchange(actions_, {}); }

private:
    enum class phase : std::uint8_t {
        fresh,
        queued,
        pausing,  ///< until the next attempt
        stuck,    ///< until another value is wanted
        owned,
        released
    };
    /// Values in the order in which they were wanted.
    struct numbered_value {
        std::uint64_t number = 0;
        std::string text;
    };
    struct update {
        update_id id;
        std::uint64_t number;
    };

    void queue();
    void pause(time_point until);
    void publish();
    void settle_updates(std::uint64_t up_to, bool published, const claim_trouble& why);
    void become(bool owned, fencing_token token, claim_trouble why);
    template <class Action>
    void act(Action a)
    {
        actions_.emplace_back(std::move(a));
    }

    phase phase_ = phase::fresh;
    claim_state state_;
    attempt_id last_attempt_ = 0;
    attempt_id attempt_ = 0;  ///< to queue, or the pause before it
    backoff pause_{std::chrono::milliseconds{20}, std::chrono::seconds{2}};

    numbered_value wanted_;
    numbered_value there_;       ///< what the key says, or will say once it is there
    numbered_value publishing_;  ///< what is being written
    attempt_id publish_ = 0;     ///< the write in flight
    revision known_ = 0;         ///< the key's last change
    std::vector<update> updates_;
    std::vector<claim_action::any> actions_;
};

}  // namespace leasehold::core
