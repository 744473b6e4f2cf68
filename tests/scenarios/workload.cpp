// SPDX-License-Identifier: Apache-2.0
#include "workload.hpp"

#include "waiting.hpp"

#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <utility>

namespace leasehold::test {

using namespace std::chrono_literals;

namespace {

/// A client and the session that it has at the moment.
struct party {
    client c;
    std::size_t locks = 0;  ///< that it wants: the first so many
    std::optional<session> current;
    std::uint64_t lost = 0;
};

/// What the storage, and somebody who sees everything, know of a lock.
struct observed_lock {
    std::string name;
    std::string counter;                ///< key of the number that holders add to
    const held_lock* holder = nullptr;  ///< the last one, if it has not unlocked
    fencing_token largest;
    std::int64_t confirmed = 0;  ///< additions
};

asio::awaitable<void> pause(std::chrono::milliseconds how_long)
{
    asio::steady_timer timer{co_await asio::this_coro::executor, how_long};
    co_await timer.async_wait(asio::use_awaitable);
}

std::int64_t number_in(const get_result& r)
{
    return r.items.empty() ? 0 : std::stoll(r.items.front().value);
}

}  // namespace

struct workload::state {
    asio::io_context io{1};
    workload_options options;
    std::vector<party> parties;
    std::vector<observed_lock> locks;
    workload_report report;
    std::mutex counting;
    std::condition_variable progress;
    std::uint64_t cycles = 0;  ///< guarded by counting
    bool stopping = false;
    std::exception_ptr failure;

    explicit state(workload_options how) : options{std::move(how)}
    {
        for (const auto& who : options.clients) {
            client_options reach;
            reach.endpoints = who.endpoints;
            parties.push_back({client{io.get_executor(), reach}, who.locks, {}, 0});
        }
        for (std::size_t i = 0; i < options.locks; ++i) {
            const auto name = options.prefix + std::to_string(i);
            locks.push_back({name, name + "-counter", nullptr, {}, 0});
        }
    }

    void start()
    {
        for (auto& p : parties)
            spawn(keep_session(p));
    }

    void spawn(asio::awaitable<void> work)
    {
        asio::co_spawn(io, std::move(work), [this](std::exception_ptr e) {
            if (e && !failure)
                failure = e;
        });
    }

    /// One session after the other, and at the first one the waiters.
    asio::awaitable<void> keep_session(party& p)
    {
        bool first = true;
        while (!stopping) {
            auto [unreachable, opened] = co_await session::open(p.c, {.ttl = options.ttl}, as_result);
            if (unreachable)
                continue;
            p.current = std::move(opened);
            if (stopping) {  // the end came while it was opened
                co_await p.current->close(as_result);
                break;
            }
            if (std::exchange(first, false))
                for (std::size_t i = 0; i < p.locks; ++i)
                    spawn(take_turns(p, locks[i]));
            const auto [closed, why] = co_await p.current->lost(as_result);
            if (!closed)
                ++p.lost;
        }
    }

    asio::awaitable<void> take_turns(party& p, observed_lock& l)
    {
        while (!stopping) {
            const mutex m{*p.current, l.name};
            auto [ec, held] = co_await m.lock(as_result);
            if (ec) {  // the session has gone, and the next is on its way, or no server answers
                co_await pause(20ms);
                continue;
            }
            acquired(l, held);
            co_await write_fenced(p, l, held);
            co_await held.unlock(as_result);
            if (l.holder == &held)
                l.holder = nullptr;
        }
    }

    void acquired(observed_lock& l, const held_lock& held)
    {
        if ((l.holder != nullptr && l.holder->held()) || held.token() <= l.largest)
            ++report.violations;
        l.holder = &held;
        l.largest = held.token();
    }

    /// Reads the lock's number, and writes one more, if the lock is still ours by then.
    asio::awaitable<void> write_fenced(party& p, observed_lock& l, const held_lock& held)
    {
        const auto [unread, before] = co_await p.c.get(l.counter, as_result);
        if (unread)
            co_return;
        transaction add;
        add.when.push_back(held.ownership());
        add.then.emplace_back(put_request{l.counter, std::to_string(number_in(before) + 1), 0});
        const auto [ec, result] = co_await p.c.txn(std::move(add), as_result);
        if (ec || !result.succeeded)  // perhaps done, or refused because the lock had gone
            co_return;
        ++l.confirmed;
        report.cycles.push_back(boot_clock::now());
        const std::lock_guard lock{counting};
        ++cycles;
        progress.notify_one();
    }

    /// An unknown write may have been done or not; a number that is too small is a write lost.
    asio::awaitable<void> count_lost()
    {
        for (const auto& l : locks) {
            const auto found = co_await parties.back().c.get(l.counter);
            report.lost_writes += std::max<std::int64_t>(0, l.confirmed - number_in(found));
        }
    }

    asio::awaitable<void> end_sessions()
    {
        stopping = true;
        for (auto& p : parties) {
            report.lost_sessions.push_back(p.lost);
            if (p.current)
                co_await p.current->close(as_result);
        }
    }
};

workload::workload(workload_options options) : state_{std::make_unique<state>(std::move(options))}
{
    state_->start();
    thread_ = std::thread{[s = state_.get()] { s->io.run(); }};
}

workload::~workload()
{
    if (thread_.joinable()) {
        state_->io.stop();
        thread_.join();
    }
}

void workload::run_cycles(std::uint64_t more)
{
    std::unique_lock lock{state_->counting};
    const auto wanted = state_->cycles + more;
    if (!state_->progress.wait_for(lock, 180s, [&] { return state_->cycles >= wanted; }))
        throw std::runtime_error{"the workload makes no progress: " + std::to_string(state_->cycles) +
                                 " cycles so far"};
}

workload_report workload::finish()
{
    asio::co_spawn(state_->io, state_->end_sessions(), [s = state_.get()](std::exception_ptr e) {
        if (e && !s->failure)
            s->failure = e;
    });
    thread_.join();
    state_->io.restart();
    state_->spawn(state_->count_lost());
    state_->io.run();
    if (state_->failure)
        std::rethrow_exception(state_->failure);
    return std::move(state_->report);
}

std::chrono::milliseconds workload_report::recovery(boot_clock::time_point fault) const
{
    constexpr auto window = 500ms;
    const auto at_fault = std::lower_bound(cycles.begin(), cycles.end(), fault);
    if (at_fault == cycles.begin() || at_fault == cycles.end())
        return std::chrono::milliseconds::max();
    const auto rate = static_cast<double>(at_fault - cycles.begin()) /
                      std::chrono::duration<double>(fault - cycles.front()).count();
    const auto half = rate / 2 * std::chrono::duration<double>(window).count();
    bool disturbed = false;
    for (auto from = fault; from + window <= cycles.back(); from += 50ms) {
        const auto first = std::lower_bound(at_fault, cycles.end(), from);
        const auto count = std::lower_bound(first, cycles.end(), from + window) - first;
        if (static_cast<double>(count) < half)
            disturbed = true;
        else if (disturbed)
            return std::chrono::duration_cast<std::chrono::milliseconds>(from - fault);
    }
    return disturbed ? std::chrono::milliseconds::max() : 0ms;
}

std::chrono::milliseconds workload_report::longest_silence(boot_clock::time_point from) const
{
    auto longest = boot_clock::duration::zero();
    auto last = from;
    for (auto it = std::lower_bound(cycles.begin(), cycles.end(), from); it != cycles.end(); ++it)
        longest = std::max(longest, *it - std::exchange(last, *it));
    return std::chrono::duration_cast<std::chrono::milliseconds>(longest);
}

}  // namespace leasehold::test
