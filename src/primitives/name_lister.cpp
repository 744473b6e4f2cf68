// SPDX-License-Identifier: Apache-2.0
#include "name_listing.hpp"

#include <leasehold/name_lister.hpp>

#include <boost/asio/system_executor.hpp>

#include <utility>

namespace leasehold {

namespace {

void close(const std::shared_ptr<engine::name_listing>& impl)
{
    if (impl)
        impl->cluster_ptr()->run([impl] { impl->close(); });
}

}  // namespace

name_lister& name_lister::operator=(name_lister&& other) noexcept
{
    if (this != &other)
        close(std::exchange(impl_, std::move(other.impl_)));
    return *this;
}

name_lister::~name_lister()
{
    close(impl_);
}

name_lister::executor_type name_lister::get_executor() const noexcept
{
    return impl_ ? impl_->cluster_ptr()->executor() : executor_type{asio::system_executor{}};
}

void name_lister::start_next(const std::shared_ptr<engine::name_listing>& impl,
                             detail::completion<std::vector<name_state>> completion)
{
    if (!impl)
        return std::move(completion)
            .fail(detail::failure{make_error_code(errc::invalid_name), "this lister lists nothing"});
    auto op = engine::pending<std::vector<name_state>>::make(impl->cluster_ptr(), std::move(completion));
    impl->cluster_ptr()->run([impl, op = std::move(op)]() mutable { impl->wait_next(std::move(op)); });
}

}  // namespace leasehold
