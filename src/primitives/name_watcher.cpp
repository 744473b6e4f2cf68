// SPDX-License-Identifier: Apache-2.0
#include "name_watch.hpp"

#include <leasehold/name_watcher.hpp>

#include <boost/asio/system_executor.hpp>

#include <utility>

namespace leasehold {

namespace {

void close(const std::shared_ptr<engine::name_watch>& impl)
{
    if (impl)
        impl->cluster_ptr()->run([impl] { impl->close(); });
}

}  // namespace

name_watcher& name_watcher::operator=(name_watcher&& other) noexcept
{
    if (this != &other)
        close(std::exchange(impl_, std::move(other.impl_)));
    return *this;
}

name_watcher::~name_watcher()
{
    close(impl_);
}

name_watcher::executor_type name_watcher::get_executor() const noexcept
{
    return impl_ ? impl_->cluster_ptr()->executor() : executor_type{asio::system_executor{}};
}

void name_watcher::start_next(const std::shared_ptr<engine::name_watch>& impl,
                              detail::completion<name_state> completion)
{
    if (!impl)
        return std::move(completion)
            .fail(detail::failure{make_error_code(errc::watch_cancelled), "this watcher watches nothing"});
    auto op = engine::pending<name_state>::make(impl->cluster_ptr(), std::move(completion));
    impl->cluster_ptr()->run([impl, op = std::move(op)]() mutable { impl->wait_next(std::move(op)); });
}

}  // namespace leasehold
