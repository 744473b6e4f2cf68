// SPDX-License-Identifier: Apache-2.0
#include "actors.hpp"
#include "holding.hpp"

#include <leasehold/mutex.hpp>
#include <leasehold/with_lock.hpp>

#include <boost/system/system_error.hpp>

#include <string>
#include <utility>

namespace leasehold::simulation {

asio::awaitable<void> use_scopes(process& p)
{
    auto& w = p.world();
    while (!w.calm()) {
        co_await p.sleep(w.chance().mostly_short(w.plan().longest_think));
        const auto name = w.any_lock();
        mutex_options options;
        options.ttl = w.plan().ttl;
        options.local_turn = w.plan().local_turn;
        options.value = std::string{};  // not the default: a run is to be the same in another process
        mutex lock{p.client(), name, std::move(options)};
        auto body = [&p, &w, &name](held_lock& held) -> asio::awaitable<void> {
            holding here{p, name, held};
            w.checker().scoped(here.number());
            co_await p.sleep(w.calm() ? 1ms : w.chance().mostly_short(w.plan().longest_hold));
        };
        try {
            auto all = with_lock(std::move(lock), std::move(body));
            co_await std::move(all);
        } catch (const boost::system::system_error& e) {
            w.tell([&] { return p.name() + ": with_lock " + name + ": " + e.what(); });
        }
    }
}

}  // namespace leasehold::simulation
