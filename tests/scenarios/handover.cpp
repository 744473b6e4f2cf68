// SPDX-License-Identifier: Apache-2.0
#include "handover.hpp"

#include "waiting.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <memory>
#include <random>
#include <utility>

namespace leasehold::test {

namespace {

using namespace asio::experimental::awaitable_operators;
using namespace std::chrono_literals;

/// An outage, or an election after one, may end the session, or keep etcd out of reach: this asks again until
/// it has the lock.
asio::awaitable<held_lock> insist(mutex m)
{
    while (true) {
        auto [ec, held] = co_await m.lock(as_result);
        if (!ec)
            co_return std::move(held);
        if (ec != errc::session_lost && ec != errc::unreachable)
            throw boost::system::system_error{ec, "lock()"};
    }
}

/// Runs beside what it is asked about, on the same executor.
class stall_detector {
public:
    asio::awaitable<void> run(const bool& done)
    {
        asio::steady_timer timer{co_await asio::this_coro::executor};
        while (!done) {
            timer.expires_after(interval);
            co_await timer.async_wait(asio::use_awaitable);
            tick();
        }
    }

    /// Whether handlers that became ready at different times run now, one after the other.
    bool stalled() const
    {
        const auto now = boot_clock::now();
        return now - last_tick_ > longest_gap || now - last_stall_ < longest_gap;
    }

private:
    static constexpr auto interval = 5ms;
    static constexpr auto longest_gap = 50ms;

    void tick()
    {
        const auto now = boot_clock::now();
        if (now - std::exchange(last_tick_, now) > longest_gap)
            last_stall_ = now;
    }

    boot_clock::time_point last_tick_ = boot_clock::now();
    boot_clock::time_point last_stall_{};
};

asio::awaitable<void> contend(const handover_parties& who, const held_lock& old,
                              const stall_detector& detector, handover& result, gate& acquired)
{
    const mutex m{who.contender, who.name, {.ttl = who.ttl}};
    auto held = co_await insist(m);
    result.acquired = boot_clock::now();
    result.both_held = old.held();
    result.stalled = detector.stalled();
    result.new_token = held.token();
    acquired.open();
    // Its session may have ended meanwhile: the hand-over is seen by then.
    co_await held.unlock(as_result);
}

asio::awaitable<void> break_and_observe(const handover_parties& who, std::chrono::milliseconds phase,
                                        const fault_action& break_it, const held_lock& old, handover& result,
                                        gate& acquired)
{
    co_await queue_reaches(who.contender, who.name, 2);
    asio::steady_timer wait{co_await asio::this_coro::executor, phase};
    co_await wait.async_wait(asio::use_awaitable);
    auto observe = [&]() -> asio::awaitable<void> {
        co_await old.lost();
        result.told = boot_clock::now();
    };
    co_await (break_it(acquired) && observe());
    // Late answers, if any, have come by the time that an answer comes.
    co_await who.holder.get("anything", as_result);
    result.revived = old.held();
}

}  // namespace

asio::awaitable<handover> lose_lock(handover_parties who, std::chrono::milliseconds phase,
                                    fault_action break_it)
{
    handover result;
    gate acquired{co_await asio::this_coro::executor};
    const mutex m{who.holder, who.name, {.ttl = who.ttl}};
    const auto old = co_await insist(m);
    result.old_token = old.token();
    stall_detector detector;
    bool done = false;
    auto lose = [&]() -> asio::awaitable<void> {
        co_await (contend(who, old, detector, result, acquired) &&
                  break_and_observe(who, phase, break_it, old, result, acquired));
        done = true;
    };
    co_await (lose() && detector.run(done));
    co_return result;
}

namespace {

asio::awaitable<handover> cut_one_off(const cut_off_plan& plan, std::string name,
                                      std::chrono::milliseconds phase)
{
    fault_proxy proxy{plan.server_port};
    const auto executor = co_await asio::this_coro::executor;
    const handover_parties who{client{executor, at(proxy.endpoint())},
                               client{executor, at("http://127.0.0.1:" + std::to_string(plan.server_port))},
                               std::move(name), plan.ttl};
    fault_action cut = [&](gate& acquired) -> asio::awaitable<void> {
        plan.cut(proxy);
        co_await acquired.wait();
        proxy.heal();
    };
    co_return co_await lose_lock(who, phase, std::move(cut));
}

}  // namespace

asio::awaitable<std::vector<handover>> cut_holders_off(cut_off_plan plan)
{
    std::vector<handover> results(plan.trials);
    std::size_t next = 0;
    std::mt19937 random{plan.seed};
    std::uniform_int_distribution<std::int64_t> within{0, plan.ttl.count() - 1};
    auto lane = [&]() -> asio::awaitable<void> {
        while (next < plan.trials) {
            const auto mine = next++;
            const std::chrono::milliseconds phase{within(random)};
            results[mine] = co_await cut_one_off(plan, plan.prefix + std::to_string(mine), phase);
        }
    };
    co_await all_of(plan.at_once, lane);
    co_return results;
}

}  // namespace leasehold::test
