// SPDX-License-Identifier: Apache-2.0
#include <engine/cluster.hpp>
#include <engine/pending.hpp>
#include <engine/watch.hpp>

#include <leasehold/watcher.hpp>

#include <boost/asio/system_executor.hpp>

#include <utility>

namespace leasehold {

namespace {

void close(const std::shared_ptr<engine::watch>& impl)
{
    if (impl)
        impl->cluster().run([impl] { impl->close(); });
}

template <class... T>
void fail_without_watch(detail::completion<T...> c)
{
    std::move(c).fail(
        detail::failure{make_error_code(errc::watch_cancelled), "this watcher watches nothing"});
}

}  // namespace

watcher& watcher::operator=(watcher&& other) noexcept
{
    if (this != &other)
        close(std::exchange(impl_, std::move(other.impl_)));
    return *this;
}

watcher::~watcher()
{
    close(impl_);
}

watcher::executor_type watcher::get_executor() const noexcept
{
    return impl_ ? impl_->cluster().executor() : executor_type{asio::system_executor{}};
}

void watcher::start_ready(const std::shared_ptr<engine::watch>& impl, detail::completion<revision> c)
{
    if (!impl)
        return fail_without_watch(std::move(c));
    auto op = engine::pending<revision>::make(impl->cluster_ptr(), std::move(c));
    impl->cluster().run([impl, op = std::move(op)] { impl->wait_ready(op); });
}

void watcher::start_next(const std::shared_ptr<engine::watch>& impl, detail::completion<watch_event> c)
{
    if (!impl)
        return fail_without_watch(std::move(c));
    auto op = engine::pending<watch_event>::make(impl->cluster_ptr(), std::move(c));
    impl->cluster().run([impl, op = std::move(op)] { impl->wait_next(op); });
}

}  // namespace leasehold
