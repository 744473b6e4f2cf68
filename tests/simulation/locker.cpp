// SPDX-License-Identifier: Apache-2.0
#include "actors.hpp"
#include "holding.hpp"
#include "operation.hpp"

#include <leasehold/leasehold.hpp>

#include <memory>
#include <optional>
#include <utility>

namespace leasehold::simulation {

namespace {

/// A lock, and the session on which it is wanted.
struct wish {
    mutex lock;
    checker::line where;
};

wish any_wish(process& p)
{
    auto& w = p.world();
    auto name = w.any_lock();
    mutex_options options;
    options.ttl = w.plan().ttl;
    options.local_turn = w.plan().local_turn;
    // Not the default, which is of this very process: a run is to be the same in another.
    options.value = w.chance().chance(0.2) ? p.name() : std::string{};
    auto& sessions = p.sessions();
    if (sessions.empty() || w.chance().chance(0.3)) {
        checker::line where{p.name(), name};
        return {mutex{p.client(), std::move(name), std::move(options)}, std::move(where)};
    }
    const auto& s = sessions[w.chance().below(sessions.size())];
    checker::line where{p.name() + "/" + std::to_string(s.lease()), name};
    return {mutex{s, std::move(name), std::move(options)}, std::move(where)};
}

// What the contracts of mutex::lock and, for the client's own session, session::open list, of what the world
// does.
void expect_documented(process& p, const std::string& what, error_code ec)
{
    if (!ec || ec == asio::error::operation_aborted || ec == errc::unreachable || ec == errc::session_lost ||
        ec == errc::session_closed || ec == errc::key_deleted || ec == errc::overloaded ||
        ec == errc::no_space)
        return;
    p.world().checker().fail(p.name() + ": " + what + " ended with " + ec.message());
}

asio::awaitable<std::optional<held_lock>> wait_for(process& p, const wish& want)
{
    auto& checker = p.world().checker();
    const auto place = checker.queued(p, want.where);
    auto start = [&want](auto handler) { want.lock.lock(std::move(handler)); };
    auto ended = co_await perform<held_lock>(p, "lock " + want.where.second, std::move(start));
    expect_documented(p, "lock", ended.ec);
    std::optional<held_lock> result;
    if (ended.ok()) {
        checker.served(want.where, place);
        result = std::move(ended.value());
    } else {
        checker.left_queue(want.where, place);
    }
    co_return result;
}

asio::awaitable<std::optional<held_lock>> wait_a_while(process& p, const wish& want)
{
    auto& w = p.world();
    const auto place = w.checker().queued(p, want.where);
    const auto begun = w.now();
    const auto timeout = w.chance().mostly_short(3s);
    auto start = [&want, timeout](auto handler) { want.lock.try_lock_for(timeout, std::move(handler)); };
    auto ended =
        co_await perform<std::optional<held_lock>>(p, "try_lock_for " + want.where.second, std::move(start));
    expect_documented(p, "try_lock_for", ended.ec);
    // Clocks disagree by one in a hundred; a process that stood still is late. No time means one attempt.
    const bool bounded = timeout > timeout.zero();
    if (bounded && w.now() > begun + timeout + timeout / 50 + 1us && !p.ever_paused())
        w.checker().fail(p.name() + ": try_lock_for took longer than its time-out");
    auto result = std::move(ended.value());
    if (result)
        w.checker().served(want.where, place);
    else
        w.checker().left_queue(want.where, place);
    co_return result;
}

asio::awaitable<std::optional<held_lock>> attempt(process& p, const wish& want)
{
    auto start = [&want](auto handler) { want.lock.try_lock(std::move(handler)); };
    auto ended =
        co_await perform<std::optional<held_lock>>(p, "try_lock " + want.where.second, std::move(start));
    expect_documented(p, "try_lock", ended.ec);
    co_return std::move(ended.value());
}

asio::awaitable<void> list_queue(process& p, const wish& want)
{
    auto start = [&want](auto handler) { want.lock.queue(std::move(handler)); };
    co_await perform<std::vector<queue_entry>>(p, "queue " + want.where.second, std::move(start));
}

asio::awaitable<void> hear_of_loss(process& p, std::shared_ptr<held_lock> held, std::uint64_t number)
{
    // The handle may go while the operation is pending.
    auto start = [held = std::move(held)](auto handler) mutable {
        held->lost(std::move(handler));
        held.reset();
    };
    co_await perform<errc>(p, "lost", std::move(start));
    p.world().checker().told(number);
}

asio::awaitable<void> write_fenced(process& p, const std::string& lock, const held_lock& held)
{
    transaction write;
    write.when.push_back(held.ownership());
    write.then.emplace_back(put_request{checker::fenced_key(lock), checker::fenced_value(held.token()), 0});
    auto start = [&p, &write](auto handler) { p.client().txn(write, std::move(handler)); };
    co_await perform<transaction_result>(p, "fenced write", std::move(start));
}

asio::awaitable<void> use_one(process& p, int depth);

asio::awaitable<void> work(process& p, const std::string& lock, std::shared_ptr<held_lock> held)
{
    auto& w = p.world();
    holding here{p, lock, *held};
    if (w.chance().chance(0.3)) {
        w.checker().waits_for_loss(here.number());
        p.spawn(hear_of_loss(p, held, here.number()), process::role::worker);
    }
    if (w.chance().chance(0.2))
        co_await write_fenced(p, lock, *held);
    co_await p.sleep(w.calm() ? 1ms : w.chance().mostly_short(w.plan().longest_hold));
    if (w.chance().chance(0.1))
        co_await use_one(p, 1);
    if (w.chance().chance(0.4))
        co_return;  // the handle's end releases, in the background
    auto start = [&](auto handler) {
        held->unlock(std::move(handler));
        w.checker().releasing(here.number());
    };
    co_await perform<>(p, "unlock " + lock, std::move(start));
}

// Whoever holds one lock only tries for a second one: two who wait for each other would wait for ever.
asio::awaitable<void> use_one(process& p, int depth)
{
    auto& w = p.world();
    const auto want = any_wish(p);
    std::optional<held_lock> got;
    const auto way = depth > 0 ? w.chance().between(5, 7) : w.chance().between(0, 8);
    if (way < 5)
        got = co_await wait_for(p, want);
    else if (way < 7)
        got = co_await wait_a_while(p, want);
    else if (way == 7)
        got = co_await attempt(p, want);
    else
        co_await list_queue(p, want);
    if (!got)
        co_return;
    auto held = std::make_shared<held_lock>(std::move(*got));
    got.reset();
    co_await work(p, want.where.second, std::move(held));
}

}  // namespace

asio::awaitable<void> use_locks(process& p)
{
    auto& w = p.world();
    while (!w.calm()) {
        co_await p.sleep(w.chance().mostly_short(w.plan().longest_think));
        co_await use_one(p, 0);
    }
}

}  // namespace leasehold::simulation
