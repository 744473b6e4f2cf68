// SPDX-License-Identifier: Apache-2.0
#include "checks.hpp"

#include <engine/cluster.hpp>
#include <engine/pending.hpp>
#include <engine/session.hpp>

#include <leasehold/session.hpp>

#include <boost/asio/system_executor.hpp>

#include <utility>

namespace leasehold {

namespace {

using engine::pending;

template <class... T>
void fail_without_session(detail::completion<T...> c)
{
    std::move(c).fail(detail::failure{make_error_code(errc::session_closed), "there is no session"});
}

}  // namespace

session::executor_type session::get_executor() const noexcept
{
    return impl_ ? impl_->cluster().executor() : executor_type{asio::system_executor{}};
}

lease_id session::lease() const noexcept
{
    return impl_ ? impl_->lease() : 0;
}

std::chrono::seconds session::ttl() const noexcept
{
    return impl_ ? impl_->ttl() : std::chrono::seconds{0};
}

bool session::alive() const noexcept
{
    return impl_ && impl_->status()->alive(impl_->cluster().now());
}

boot_clock::time_point session::deadline() const noexcept
{
    return impl_ ? impl_->status()->deadline() : boot_clock::time_point{};
}

void session::start_open(const client& c, session_options options, detail::completion<session> completion)
{
    if (auto bad = checks::check_ttl(options.ttl); bad.code)
        return std::move(completion).fail(std::move(bad));
    const auto user = c.impl_;
    const auto op = pending<session>::make(user, std::move(completion));
    user->run([user, op, ttl = checks::whole_seconds(options.ttl)] {
        user->open_session(ttl,
                           [user, op](const detail::failure& why, const std::shared_ptr<engine::session>& s) {
                               if (why.code)
                                   op->fail(why);
                               else if (op->finished())
                                   s->close();
                               else
                                   op->succeed(session{user, engine::session::make_user(user, s)});
                           });
    });
}

void session::start_adopt(const client& c, lease_id lease, detail::completion<session> completion)
{
    const auto user = c.impl_;
    const auto op = pending<session>::make(user, std::move(completion));
    user->run([user, op, lease] {
        user->adopt_session(
            lease, [user, op](const detail::failure& why, const std::shared_ptr<engine::session>& s) {
                if (why.code)
                    op->fail(why);
                else if (op->finished())
                    s->orphan();
                else
                    op->succeed(session{user, engine::session::make_user(user, s)});
            });
    });
}

void session::start_lost(const std::shared_ptr<engine::session>& impl, detail::completion<errc> completion)
{
    if (!impl)
        return fail_without_session(std::move(completion));
    auto op = pending<errc>::make(impl->cluster().shared_from_this(), std::move(completion));
    impl->cluster().run([impl, op = std::move(op)] { impl->wait_lost(op); });
}

void session::start_close(const std::shared_ptr<engine::session>& impl, detail::completion<> completion)
{
    if (!impl)
        return fail_without_session(std::move(completion));
    auto op =
        pending<>::make(impl->cluster().shared_from_this(), std::move(completion), engine::with_effects);
    impl->cluster().run([impl, op = std::move(op)] {
        impl->close([op](const detail::failure& why) {
            if (why.code)
                op->fail(why);
            else
                op->succeed();
        });
    });
}

lease_id session::orphan()
{
    if (!impl_)
        return 0;
    impl_->cluster().run([impl = impl_] { impl->orphan(); });
    return impl_->lease();
}

}  // namespace leasehold
