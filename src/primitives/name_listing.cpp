// SPDX-License-Identifier: Apache-2.0
#include "name_listing.hpp"

#include <boost/asio/error.hpp>

#include <cstdint>
#include <utility>

namespace leasehold::engine {

name_listing::name_listing(std::shared_ptr<engine::cluster> user, core::name_scope scope, std::size_t page)
    : cluster_{std::move(user)}, scan_{std::move(scope)}, page_{page}, from_{scan_.scope().first_key()}
{}

void name_listing::wait_next(pending<names>::pointer op)
{
    if (closed_)
        return op->fail({asio::error::operation_aborted, {}});
    if (next_ && !next_->finished())
        return op->fail({make_error_code(errc::already_waiting), "next() is pending on this name lister"});
    next_ = std::move(op);
    deliver();
}

void name_listing::deliver()
{
    if (!next_ || next_->finished())
        return;
    if (!found_.empty() || at_end_)
        std::exchange(next_, {})->succeed(std::exchange(found_, {}));
    else if (ended_.code)
        std::exchange(next_, {})->fail(ended_);
    else if (!reading_)
        read_page();
}

void name_listing::read_page()
{
    reading_ = true;
    get_request r;
    r.key = from_;
    r.range_end = scan_.scope().range_end();
    r.limit = static_cast<std::int64_t>(page_);
    r.at_revision = at_;
    call<get_result>::start(
        *cluster_, cluster_->user_policy(true),
        [r = std::move(r)](rpc::transport& t, std::size_t endpoint, boot_clock::time_point deadline,
                           auto handler) { t.range(endpoint, r, deadline, std::move(handler)); },
        [self = shared_from_this()](outcome<get_result> answer) { self->on_page(std::move(answer)); });
}

void name_listing::on_page(outcome<get_result> r)
{
    reading_ = false;
    if (closed_)
        return;
    if (!r.ok()) {
        auto why = r.why(*cluster_, "cannot list the names with the prefix \"" + scan_.scope().text() + '"');
        if (r.verdict == core::verdict::compacted)
            ended_ = why;
        if (const auto op = std::exchange(next_, {}))
            op->fail(std::move(why));
        return;
    }
    const auto& page = r.response;
    if (at_ == 0)
        at_ = page.revision;
    for (const auto& kv : page.items)
        scan_.read(kv, at_);
    if (page.more && !page.items.empty()) {
        from_ = page.items.back().key + '\0';
    } else {
        scan_.end();
        at_end_ = true;
    }
    found_ = scan_.take();
    deliver();
}

void name_listing::close()
{
    closed_ = true;
    if (const auto op = std::exchange(next_, {}))
        op->fail({asio::error::operation_aborted, {}});
}

// Its handler may own the lister, and so this.
void name_listing::abandon() noexcept
{
    const auto next = std::exchange(next_, {});
}

}  // namespace leasehold::engine
