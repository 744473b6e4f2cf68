// SPDX-License-Identifier: Apache-2.0
#include <engine/batcher.hpp>
#include <engine/observing.hpp>

#include <algorithm>
#include <span>
#include <utility>
#include <variant>

namespace leasehold::engine {

namespace {

core::status no_answer()
{
    return {core::status_code::data_loss, "the answer to a group of transactions lacks one", true};
}

}  // namespace

void batcher::send(std::size_t endpoint, boot_clock::time_point limit, boot_clock::duration attempt,
                   sender_ptr from)
{
    if (endpoint >= lanes_.size())
        lanes_.resize(transport_.endpoints());
    auto& to = lanes_.at(endpoint);
    if (!to)
        to = std::make_unique<lane>();
    const auto& what = from->what();
    to->plan.add({what.place->prefix(), core::footprint_of(what), limit, attempt, std::move(from)});
    schedule(endpoint);
}

// What is queued on the strand by now may have more to send.
void batcher::schedule(std::size_t endpoint)
{
    auto& l = *lanes_[endpoint];
    if (!l.plan.empty() && !std::exchange(l.scheduled, true))
        defer_([this, endpoint] { flush(endpoint); });
}

void batcher::flush(std::size_t endpoint)
{
    auto& from = *lanes_[endpoint];
    from.scheduled = false;
    for (auto b = from.plan.next(transport_.now()); !b.empty(); b = from.plan.next(transport_.now()))
        send(endpoint, std::move(b));
}

void batcher::send(std::size_t endpoint, planner::batch b)
{
    const auto now = transport_.now();
    auto deadline = boot_clock::time_point::max();
    group_.clear();
    for (const auto& m : b) {
        group_.push_back(m.payload->what());
        deadline = std::min(deadline, m.deadline(now));
    }
    tell(options_, [&](observer& o) { o.on_batch_sent({group_.size(), options_.endpoints[endpoint]}); });
    auto shared = std::make_shared<planner::batch>(std::move(b));
    transport_.txn(endpoint, std::span<const core::lock_request>{group_}, deadline,
                   [this, endpoint, shared](const core::status& s, transaction_result r) {
                       on_answer(endpoint, *shared, s, std::move(r));
                   });
}

void batcher::on_answer(std::size_t endpoint, planner::batch& b, const core::status& s, transaction_result r)
{
    auto& plan = lanes_[endpoint]->plan;
    plan.on_done();
    if (b.size() > 1 && core::refused_as_a_whole(core::classify(s))) {
        plan.on_refused(std::move(b), core::why_refused(s));
        return schedule(endpoint);
    }
    schedule(endpoint);
    // The last of them may have been what kept the engine.
    if (b.size() == 1)
        return b.front().payload->answered(s, std::move(r));
    for (std::size_t i = 0; i < b.size(); ++i) {
        auto* const inner = result_of(r, i);
        if (s.ok() && inner == nullptr)
            b[i].payload->answered(no_answer(), {});
        else
            b[i].payload->answered(s, inner != nullptr ? std::move(*inner) : transaction_result{});
    }
}

transaction_result* batcher::result_of(transaction_result& outer, std::size_t i)
{
    if (i >= outer.results.size())
        return nullptr;
    auto* const inner = std::get_if<transaction_result>(&outer.results[i].result);
    // Everything in it happened at one revision, which only the outermost answer tells.
    if (inner != nullptr)
        inner->revision = outer.revision;
    return inner;
}

}  // namespace leasehold::engine
