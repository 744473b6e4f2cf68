// SPDX-License-Identifier: Apache-2.0
#include "name_watch.hpp"

#include <boost/asio/error.hpp>

#include <iterator>
#include <utility>

namespace leasehold::engine {

name_watch::name_watch(std::shared_ptr<engine::cluster> user, core::name_scope scope,
                       name_watch_limits limits)
    : cluster_{std::move(user)}, view_{std::move(scope)}, limits_{limits}
{}

std::string name_watch::about() const
{
    const auto& scope = view_.scope();
    return (scope.is_one_name() ? "the name \"" : "the names with the prefix \"") + scope.text() + '"';
}

// ---- the reader ----

void name_watch::wait_next(pending<name_state>::pointer op)
{
    if (closed_)
        return op->fail({asio::error::operation_aborted, {}});
    if (awaited())
        return op->fail({make_error_code(errc::already_waiting), "next() is pending on this name watcher"});
    next_ = std::move(op);
    deliver();
}

void name_watch::deliver()
{
    if (!changes_.empty()) {
        if (!awaited())
            return;
        auto state = std::move(changes_.front());
        changes_.pop_front();
        std::exchange(next_, {})->succeed(std::move(state));
    }
    if (changes_.size() <= limits_.buffer / 2)
        subscribe();
    if (!changes_.empty() || !awaited())
        return;
    if (ended_.code)
        std::exchange(next_, {})->fail(ended_);
    else if (mode_ == mode::stale)
        read();
}

void name_watch::take_changes()
{
    auto changes = view_.take_changes();
    std::move(changes.begin(), changes.end(), std::back_inserter(changes_));
}

void name_watch::close()
{
    closed_ = true;
    subscribed_ = false;
    cluster_->hub().unsubscribe(subscription_);
    if (const auto op = std::exchange(next_, {}))
        op->fail({asio::error::operation_aborted, {}});
}

// Its handler may own the watcher, and so this.
void name_watch::abandon() noexcept
{
    const auto next = std::exchange(next_, {});
}

void name_watch::end(failure why)
{
    ended_ = std::move(why);
    deliver();
}

// ---- readings ----

void name_watch::read()
{
    mode_ = mode::reading;
    reading_at_ = 0;
    view_.begin_reading();
    read_page(view_.scope().first_key());
}

void name_watch::read_page(std::string from)
{
    get_request r;
    r.key = std::move(from);
    r.range_end = view_.scope().range_end();
    r.limit = static_cast<std::int64_t>(limits_.page);
    r.at_revision = reading_at_;
    call<get_result>::start(
        *cluster_, cluster_->user_policy(true),
        [r = std::move(r)](rpc::transport& t, std::size_t endpoint, boot_clock::time_point deadline,
                           auto handler) { t.range(endpoint, r, deadline, std::move(handler)); },
        [self = shared_from_this()](outcome<get_result> answer) { self->on_page(std::move(answer)); });
}

void name_watch::on_page(outcome<get_result> r)
{
    if (closed_)
        return;
    // The history of the first page has been compacted away before the last one came.
    if (r.verdict == core::verdict::compacted)
        return read();
    if (!r.ok())
        return on_reading_failed(r.why(*cluster_, "cannot read " + about()),
                                 r.unreachable || r.verdict == core::verdict::back_off);

    auto& page = r.response;
    if (reading_at_ == 0)
        reading_at_ = page.revision;
    std::string last;
    for (auto& kv : page.items) {
        last = kv.key;
        view_.read(std::move(kv));
    }
    if (page.more && !last.empty())
        return read_page(last + '\0');
    view_.end_reading(reading_at_);
    read_once_ = true;
    next_revision_ = reading_at_ + 1;
    mode_ = mode::following;
    take_changes();
    deliver();
}

// A cluster that has been there before may come back; one that never was is an error.
void name_watch::on_reading_failed(failure why, bool may_come_back)
{
    mode_ = mode::stale;
    if (!may_come_back)
        return end(std::move(why));
    if (read_once_)
        return deliver();
    if (const auto op = std::exchange(next_, {}))
        op->fail(std::move(why));
}

// ---- changes ----

void name_watch::subscribe()
{
    if (mode_ != mode::following || subscribed_ || closed_ || ended_.code)
        return;
    core::watch_spec spec;
    spec.key = view_.scope().prefix();
    spec.prefix = true;
    spec.start = next_revision_;
    spec.goes_on = true;
    spec.progress = true;
    subscribed_ = true;
    const auto id = cluster_->hub().subscribe(std::move(spec), *this);
    // The hub may have ended it before it returned.
    if (subscribed_)
        subscription_ = id;
    else
        cluster_->hub().unsubscribe(subscription_ = id);
}

void name_watch::on_events(std::vector<core::watch_event> events, revision next)
{
    next_revision_ = next;
    view_.apply(std::move(events));
    take_changes();
    if (changes_.size() >= limits_.buffer) {
        subscribed_ = false;
        cluster_->hub().unsubscribe(subscription_);
    }
    deliver();
}

void name_watch::on_ended(revision compacted, const std::string& reason)
{
    subscribed_ = false;
    subscription_ = 0;
    mode_ = mode::stale;
    if (compacted > 0)
        return deliver();
    end(watch_refusal("cannot watch " + about(), reason));
}

}  // namespace leasehold::engine
