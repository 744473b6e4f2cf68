// SPDX-License-Identifier: Apache-2.0
#include "claim_driver.hpp"
#include "ownership_reader.hpp"

#include <leasehold/ownership_watcher.hpp>

#include <boost/asio/system_executor.hpp>

#include <utility>

namespace leasehold {

namespace {

void close(const std::shared_ptr<engine::ownership_reader>& impl)
{
    if (impl)
        impl->claim()->cluster_ptr()->run([impl] { impl->close(); });
}

}  // namespace

ownership_watcher& ownership_watcher::operator=(ownership_watcher&& other) noexcept
{
    if (this != &other)
        close(std::exchange(impl_, std::move(other.impl_)));
    return *this;
}

ownership_watcher::~ownership_watcher()
{
    close(impl_);
}

ownership_watcher::executor_type ownership_watcher::get_executor() const noexcept
{
    return impl_ ? impl_->claim()->cluster_ptr()->executor() : executor_type{asio::system_executor{}};
}

void ownership_watcher::start_next(const std::shared_ptr<engine::ownership_reader>& impl,
                                   detail::completion<ownership_change> completion)
{
    if (!impl)
        return std::move(completion)
            .fail(detail::failure{make_error_code(errc::not_held), "no claim is followed"});
    const auto& cluster = impl->claim()->cluster_ptr();
    auto op = engine::pending<ownership_change>::make(cluster, std::move(completion));
    cluster->run([impl, op = std::move(op)]() mutable { impl->wait_next(std::move(op)); });
}

}  // namespace leasehold
