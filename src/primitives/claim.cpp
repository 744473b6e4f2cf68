// SPDX-License-Identifier: Apache-2.0
#include "claim_driver.hpp"

#include <leasehold/claim.hpp>

#include <boost/asio/system_executor.hpp>

#include <utility>

namespace leasehold {

namespace {

using engine::pending;

const detail::failure nothing_claimed{make_error_code(errc::not_held), "nothing is claimed"};

void let_go(const std::shared_ptr<engine::claim_driver>& impl)
{
    if (!impl)
        return;
    impl->disown();
    impl->cluster_ptr()->run([impl] { impl->release(nullptr); });
}

}  // namespace

claim& claim::operator=(claim&& other) noexcept
{
    if (this != &other)
        let_go(std::exchange(impl_, std::move(other.impl_)));
    return *this;
}

claim::~claim()
{
    let_go(impl_);
}

claim::executor_type claim::get_executor() const noexcept
{
    return impl_ ? impl_->cluster_ptr()->executor() : executor_type{asio::system_executor{}};
}

const std::string& claim::name() const noexcept
{
    static const std::string none;
    return impl_ ? impl_->name() : none;
}

bool claim::owned() const noexcept
{
    return impl_ && impl_->owning();
}

fencing_token claim::token() const noexcept
{
    const auto o = impl_ ? impl_->owning() : nullptr;
    return o ? o->token() : fencing_token{};
}

boot_clock::time_point claim::deadline() const noexcept
{
    const auto o = impl_ ? impl_->owning() : nullptr;
    return o ? o->deadline() : boot_clock::time_point{};
}

std::optional<compare> claim::while_owned() const
{
    const auto o = impl_ ? impl_->owning() : nullptr;
    return o ? std::optional{o->while_it_lasts()} : std::nullopt;
}

ownership_watcher claim::ownership() const
{
    if (!impl_)
        return {};
    auto reader = std::make_shared<engine::ownership_reader>(impl_);
    impl_->cluster_ptr()->run([impl = impl_, reader] { impl->follow(reader); });
    return ownership_watcher{std::move(reader)};
}

void claim::start_set_value(const std::shared_ptr<engine::claim_driver>& impl, std::string value,
                            detail::completion<bool> completion)
{
    if (!impl)
        return std::move(completion).fail(nothing_claimed);
    auto op = pending<bool>::make(impl->cluster_ptr(), std::move(completion), engine::with_effects);
    impl->cluster_ptr()->run([impl, op = std::move(op), value = std::move(value)]() mutable {
        impl->set_value(std::move(op), std::move(value));
    });
}

void claim::start_release(const std::shared_ptr<engine::claim_driver>& impl, detail::completion<> completion)
{
    if (!impl)
        return std::move(completion).fail(nothing_claimed);
    auto op = pending<>::make(impl->cluster_ptr(), std::move(completion), engine::with_effects);
    impl->disown();
    impl->cluster_ptr()->run([impl, op = std::move(op)]() mutable { impl->release(std::move(op)); });
}

}  // namespace leasehold
