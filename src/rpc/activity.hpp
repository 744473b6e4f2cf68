// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/intrusive/list.hpp>

namespace leasehold::rpc {

class activity;

/// What the completion queue hands back: an activity and which of its steps ended.
struct tag {
    activity* owner;
    int step;
};

/**
 * \brief Something with tags out on the completion queue.
 *
 * Made by `new`. While tags are out the queue's list keeps it findable; an
 * activity whose last tag came back and that starts nothing more deletes itself
 * in complete(). At shutdown the queue deletes it instead, without completing it.
 */
class activity
    : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
public:
    activity() = default;
    activity(const activity&) = delete;
    activity& operator=(const activity&) = delete;
    virtual ~activity() = default;

    /// The step's tag came back. User code is called last, when `this` may be gone:
    /// it may well shut the transport down.
    virtual void complete(int step, bool ok) = 0;
    /// Makes the tags that are out come back soon. Calls no user code.
    virtual void cancel() noexcept = 0;

    /// To be told of each tag when it leaves for the completion queue and when it is back.
    void* depart(tag& t) noexcept
    {
        ++out_;
        return &t;
    }
    void arrive() noexcept { --out_; }
    bool idle() const noexcept { return out_ == 0; }

private:
    int out_ = 0;
};

using activity_list = boost::intrusive::list<activity, boost::intrusive::constant_time_size<false>>;

}  // namespace leasehold::rpc
