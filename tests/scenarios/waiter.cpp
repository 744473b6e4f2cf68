// SPDX-License-Identifier: Apache-2.0
#include "waiter.hpp"

#include "waiting.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>

#include <tuple>
#include <utility>

namespace leasehold::test {

asio::awaitable<waiter_ended> end_waiter(queue_of_three who, strike hit)
{
    using namespace asio::experimental::awaitable_operators;
    waiter_ended result;
    const mutex first{who.holder, who.name};
    const mutex second{who.waiter, who.name, {.ttl = who.ttl}};
    const mutex third{who.behind, who.name};
    auto held = co_await first.lock();

    auto wait_in_vain = [&]() -> asio::awaitable<void> {
        std::tie(result.why, std::ignore) = co_await second.lock(as_result);
        result.told = boot_clock::now();
        result.holder_disturbed = !held.held();
        co_await held.unlock();
    };
    auto wait_behind = [&]() -> asio::awaitable<void> {
        co_await queue_reaches(who.holder, who.name, 2);
        auto mine = co_await third.lock();
        result.behind_disturbed = !mine.held() || mine.token() <= held.token();
        co_await mine.unlock();
    };
    auto hit_waiter = [&]() -> asio::awaitable<void> {
        co_await queue_reaches(who.holder, who.name, 3);
        const auto queue = co_await first.queue();
        result.struck = boot_clock::now();
        co_await hit(queue.at(1).key);
    };
    co_await (wait_in_vain() && wait_behind() && hit_waiter());
    co_return result;
}

}  // namespace leasehold::test
