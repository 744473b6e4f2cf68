// SPDX-License-Identifier: Apache-2.0
#include "actors.hpp"
#include "operation.hpp"

#include <leasehold/client.hpp>
#include <leasehold/watcher.hpp>

#include <cstddef>
#include <utility>

namespace leasehold::simulation {

namespace {

const std::string watched = "lock-";

/// A place in the list of all changes: what the watch owes next.
class expectation {
public:
    explicit expectation(process& p) : process_{p}, checker_{p.world().checker()} {}

    void begin(revision first)
    {
        const auto& all = checker_.changes();
        while (next_ > 0 && all[next_ - 1].kv.mod_revision >= first)
            --next_;
        while (next_ < all.size() && all[next_].kv.mod_revision < first)
            ++next_;
        last_ = first - 1;
    }

    void compare(const watch_event& got)
    {
        const auto& all = checker_.changes();
        while (next_ < all.size() && !all[next_].kv.key.starts_with(watched))
            ++next_;
        const bool removed = got.what == watch_event::kind::removed;
        if (next_ == all.size() || all[next_].kv.key != got.kv.key || all[next_].removed != removed ||
            all[next_].kv.mod_revision != got.kv.mod_revision)
            return checker_.fail(process_.name() + ": a watcher got the change of " + got.kv.key +
                                 " at revision " + std::to_string(got.kv.mod_revision) +
                                 (next_ == all.size()
                                      ? " which did not happen"
                                      : " and not that of " + all[next_].kv.key + " at revision " +
                                            std::to_string(all[next_].kv.mod_revision)));
        last_ = all[next_++].kv.mod_revision;
    }

    revision last() const noexcept { return last_; }

private:
    process& process_;
    checker& checker_;
    std::size_t next_ = 0;
    revision last_ = 0;
};

watcher any_watch(process& p)
{
    watch_options options;
    options.prefix = true;
    options.buffer = p.world().chance().one_of<std::size_t>({1, 2, 5, 100});
    return p.client().watch(watched, options);
}

/// Follows one watch; true at the bell.
asio::awaitable<bool> follow(process& p, watcher changes, expectation& expected)
{
    auto& w = p.world();
    auto wait_ready = [&changes](auto handler) { changes.ready(std::move(handler)); };
    auto ready = co_await perform<revision>(p, "ready", std::move(wait_ready));
    if (!ready.ok())
        co_return false;
    expected.begin(ready.value());
    const bool slow = w.chance().chance(0.5);
    while (true) {
        auto wait_next = [&changes](auto handler) { changes.next(std::move(handler)); };
        auto next = co_await perform<watch_event>(p, "next", std::move(wait_next));
        if (next.ok()) {
            expected.compare(next.value());
            if (next.value().kv.key == bell)
                co_return true;
            if (slow && !w.calm())
                co_await p.sleep(w.chance().mostly_short(2s));
        } else if (next.ec == errc::compacted) {
            if (w.etcd().store().history().compacted() <= expected.last())
                w.checker().fail(p.name() + ": a watcher misses history that is there");
            co_return false;
        } else if (next.ec != asio::error::operation_aborted && next.ec != errc::unreachable) {
            w.checker().fail(p.name() + ": a watcher ended with " + next.ec.message());
            co_return false;
        }
    }
}

}  // namespace

asio::awaitable<void> read_changes(process& p)
{
    expectation expected{p};
    bool done = false;
    while (!done) {
        auto one = follow(p, any_watch(p), expected);
        done = co_await std::move(one);
    }
}

}  // namespace leasehold::simulation
