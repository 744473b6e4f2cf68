// SPDX-License-Identifier: Apache-2.0
#include <engine/cluster.hpp>
#include <engine/ownership.hpp>
#include <engine/pending.hpp>

#include <leasehold/held_lock.hpp>

#include <boost/asio/system_executor.hpp>

#include <utility>

namespace leasehold {

namespace {

using engine::pending;

const detail::failure nothing_held{make_error_code(errc::not_held), "this handle holds no lock"};

void let_go(const std::shared_ptr<engine::ownership>& impl) noexcept
{
    if (impl)
        impl->release_in_background();
}

}  // namespace

held_lock& held_lock::operator=(held_lock&& other) noexcept
{
    if (this != &other)
        let_go(std::exchange(impl_, std::move(other.impl_)));
    return *this;
}

held_lock::~held_lock()
{
    let_go(impl_);
}

held_lock::executor_type held_lock::get_executor() const noexcept
{
    return impl_ ? impl_->cluster().executor() : executor_type{asio::system_executor{}};
}

bool held_lock::held() const noexcept
{
    return impl_ && impl_->held();
}

fencing_token held_lock::token() const noexcept
{
    return impl_ ? impl_->token() : fencing_token{};
}

const std::string& held_lock::key() const noexcept
{
    static const std::string none;
    return impl_ ? impl_->key() : none;
}

boot_clock::time_point held_lock::deadline() const noexcept
{
    return impl_ ? impl_->deadline() : boot_clock::time_point{};
}

compare held_lock::ownership() const
{
    return impl_->while_it_lasts();
}

void held_lock::start_lost(const std::shared_ptr<engine::ownership>& impl, std::chrono::nanoseconds ahead,
                           detail::completion<errc> completion)
{
    if (!impl)
        return std::move(completion).fail(nothing_held);
    auto op = pending<errc>::make(impl->cluster_ptr(), std::move(completion));
    impl->cluster().run([impl, op = std::move(op), ahead] { impl->wait_lost(op, ahead); });
}

void held_lock::start_unlock(const std::shared_ptr<engine::ownership>& impl, detail::completion<> completion)
{
    if (!impl)
        return std::move(completion).fail(nothing_held);
    auto op = pending<>::make(impl->cluster_ptr(), std::move(completion), engine::with_effects);
    if (impl->begin_release())
        return impl->start_release(std::move(op));
    impl->cluster().run(
        [impl, op = std::move(op)] { op->fail(impl->loss().code ? impl->loss() : nothing_held); });
}

}  // namespace leasehold
