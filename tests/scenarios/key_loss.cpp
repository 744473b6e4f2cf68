// SPDX-License-Identifier: Apache-2.0
#include "key_loss.hpp"

#include "waiting.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>

namespace leasehold::test {

asio::awaitable<key_lost> lose_key(client holder, std::string name, std::chrono::milliseconds before,
                                   std::function<asio::awaitable<void>(std::string key)> remove)
{
    using namespace asio::experimental::awaitable_operators;
    key_lost result;
    const mutex m{holder, name};
    const auto held = co_await m.lock();
    auto learn = [&]() -> asio::awaitable<void> {
        result.why = co_await held.lost();
        result.told = boot_clock::now();
        result.still_held = held.held();
    };
    auto strike = [&]() -> asio::awaitable<void> {
        asio::steady_timer hold{co_await asio::this_coro::executor, before};
        co_await hold.async_wait(asio::use_awaitable);
        result.deleting = boot_clock::now();
        co_await remove(held.key());
    };
    co_await (learn() && strike());
    co_return result;
}

}  // namespace leasehold::test
