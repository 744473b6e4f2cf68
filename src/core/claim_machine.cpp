// SPDX-License-Identifier: Apache-2.0
#include <core/claim_machine.hpp>

#include <algorithm>
#include <utility>

namespace leasehold::core {

// ---- what the user does ----

void claim_machine::begin()
{
    if (phase_ == phase::fresh)
        queue();
}

void claim_machine::set_value(update_id update, std::string value)
{
    if (phase_ == phase::released)
        return act(claim_action::answer{update, false, state_.why});
    wanted_.text = std::move(value);
    ++wanted_.number;
    if (phase_ == phase::owned) {
        updates_.push_back({update, wanted_.number});
        if (publish_ == 0)
            publish();
        return;
    }
    act(claim_action::answer{update, false, {}});
    if (phase_ == phase::stuck)
        queue();
}

void claim_machine::release(claim_trouble why)
{
    if (phase_ == phase::released)
        return;
    const auto before = std::exchange(phase_, phase::released);
    attempt_ = publish_ = 0;
    if (before == phase::owned)
        act(claim_action::release{});
    else
        act(claim_action::leave{});
    settle_updates(wanted_.number, false, why);
    become(false, {}, std::move(why));
}

// ---- the queue ----

void claim_machine::queue()
{
    phase_ = phase::queued;
    there_ = wanted_;
    attempt_ = ++last_attempt_;
    act(claim_action::queue{attempt_, there_.text});
}

void claim_machine::pause(time_point until)
{
    phase_ = phase::pausing;
    attempt_ = ++last_attempt_;
    act(claim_action::wake{attempt_, until});
}

void claim_machine::on_wake(attempt_id attempt)
{
    if (phase_ == phase::pausing && attempt == attempt_)
        queue();
}

void claim_machine::on_granted(attempt_id attempt, fencing_token token)
{
    if (phase_ != phase::queued || attempt != attempt_)
        return;
    phase_ = phase::owned;
    pause_.reset();
    known_ = token.revision;
    become(true, token, {});
    // Another value was wanted while the key waited with this one.
    if (wanted_.number != there_.number)
        publish();
}

void claim_machine::on_not_granted(attempt_id attempt, claim_trouble why, time_point now, jitter& random)
{
    if (phase_ != phase::queued || attempt != attempt_)
        return;
    const bool hopeless = why.hopeless && wanted_.number == there_.number;
    become(false, {}, std::move(why));
    if (!hopeless)
        return pause(now + pause_.pause(random));
    phase_ = phase::stuck;
    attempt_ = 0;
}

void claim_machine::on_lost(claim_trouble why, time_point now)
{
    if (phase_ != phase::owned)
        return;
    publish_ = 0;
    settle_updates(wanted_.number, false, {});
    become(false, {}, std::move(why));
    pause(now);
}

// ---- the value ----

void claim_machine::publish()
{
    publishing_ = wanted_;
    publish_ = ++last_attempt_;
    act(claim_action::publish{publish_, state_.token.revision, known_, publishing_.text});
}

void claim_machine::on_published(attempt_id attempt, revision at)
{
    if (attempt != publish_ || publish_ == 0)
        return;
    publish_ = 0;
    known_ = at;
    there_ = publishing_;
    settle_updates(there_.number, true, {});
    become(true, state_.token, {});
    if (wanted_.number != there_.number)
        publish();
}

void claim_machine::on_changed_by_others(attempt_id attempt, const std::string& value, revision at)
{
    if (attempt != publish_ || publish_ == 0)
        return;
    // Or by ourselves: an attempt whose answer was lost.
    if (value == publishing_.text)
        return on_published(attempt, at);
    known_ = at;
    publish();
}

// Whoever tells of such things will tell of the loss.
void claim_machine::on_key_gone(attempt_id attempt)
{
    if (attempt != publish_ || publish_ == 0)
        return;
    publish_ = 0;
    settle_updates(wanted_.number, false, {});
}

void claim_machine::on_publish_failed(attempt_id attempt, const claim_trouble& why)
{
    if (attempt != publish_ || publish_ == 0)
        return;
    publish_ = 0;
    const bool newer = wanted_.number != publishing_.number;
    const bool answered =
        std::ranges::any_of(updates_, [this](const update& u) { return u.number <= publishing_.number; });
    // What will never be accepted is not asked for again, neither now nor after a loss.
    if (why.hopeless && !newer) {
        wanted_.text = there_.text;
        there_.number = wanted_.number;
    }
    settle_updates(publishing_.number, false, why);
    if (!answered)
        become(true, state_.token, why);
    if (newer)
        publish();
}

void claim_machine::settle_updates(std::uint64_t up_to, bool published, const claim_trouble& why)
{
    std::erase_if(updates_, [&](const update& u) {
        if (u.number > up_to)
            return false;
        act(claim_action::answer{u.id, published, why});
        return true;
    });
}

void claim_machine::become(bool owned, fencing_token token, claim_trouble why)
{
    if (owned == state_.owned && token == state_.token && why.code == state_.why.code)
        return;
    state_ = {owned, token, std::move(why)};
    act(claim_action::tell{state_});
}

}  // namespace leasehold::core
