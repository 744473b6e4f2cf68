// SPDX-License-Identifier: Apache-2.0
#include <engine/cluster.hpp>
#include <engine/context_service.hpp>

#include <boost/asio/execution/context.hpp>
#include <boost/asio/query.hpp>

#include <utility>

namespace leasehold::engine {

context_service& context_service::of(const boost::asio::any_io_executor& executor)
{
    return boost::asio::use_service<context_service>(
        boost::asio::query(executor, boost::asio::execution::context));
}

void context_service::add(std::weak_ptr<cluster> c)
{
    const auto* address = c.lock().get();
    const std::lock_guard lock{mutex_};
    members_.push_back({address, std::move(c)});
}

void context_service::remove(const cluster* c) noexcept
{
    const std::lock_guard lock{mutex_};
    std::erase_if(members_, [c](const member& m) { return m.address == c; });
}

void context_service::shutdown()
{
    std::vector<std::shared_ptr<cluster>> alive;
    {
        const std::lock_guard lock{mutex_};
        for (const auto& m : std::exchange(members_, {}))
            if (auto c = m.engine.lock())
                alive.push_back(std::move(c));
    }
    for (const auto& c : alive)
        c->shutdown();
}

}  // namespace leasehold::engine
