// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/intrusive/list.hpp>

namespace leasehold::rpc {

class activity;
class mailbox;

/// What the completion queue hands back: an activity and which of its steps ended.
struct tag {
    activity* owner;
    int step;
};

/**
 * \brief Something with tags out on the completion queue.
 *
 * Made by `new`. While it lives its client's list keeps it findable. When nothing of it is out any more and
 * it starts nothing, it deletes itself in complete(), or at shutdown in discard().
 */
class activity
    : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
public:
    activity() = default;
    activity(const activity&) = delete;
    activity& operator=(const activity&) = delete;
    virtual ~activity() = default;

    /// On the queue's thread, first: what can be done there. False: complete() is not called for this tag.
    virtual bool arrive(int step, bool ok);
    /// On the strand, for a tag that came back. User code is called last, when `this` may be gone: it may
    /// well shut the transport down.
    virtual void complete(int step, bool ok) = 0;
    /// At shutdown, instead of complete().
    virtual void discard() noexcept { delete this; }
    /// Makes the tags that are out come back soon. Calls no user code.
    virtual void cancel() noexcept = 0;
    /// Nothing of it is out, nor will be: it is inside its own complete(), which knows when it is gone.
    virtual bool done() noexcept { return false; }

    /// Where its events go.
    mailbox* box = nullptr;
};

inline bool activity::arrive(int, bool)
{
    return true;
}

using activity_list = boost::intrusive::list<activity, boost::intrusive::constant_time_size<false>>;

}  // namespace leasehold::rpc
