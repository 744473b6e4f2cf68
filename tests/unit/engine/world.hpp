// SPDX-License-Identifier: Apache-2.0
// The whole library on an etcd in memory: one thread, virtual time, nothing happens but in step() and the
// like.
#pragma once

#include <memory/etcd.hpp>
#include <primitives/connect.hpp>

#include <leasehold/leasehold.hpp>

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <ostream>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

/// The operation ends, and well.
#define MUST(w, op)                                                                               \
    do {                                                                                          \
        BOOST_TEST_REQUIRE((w).finish(op), #op " never ended");                                   \
        BOOST_TEST_REQUIRE((op).ok(), #op << ": " << (op).ec().message() << ": " << (op).text()); \
    } while (false)

/// The operation ends with that error.
#define MUST_FAIL(w, op, why)                                                                        \
    do {                                                                                             \
        BOOST_TEST_REQUIRE((w).finish(op), #op " never ended");                                      \
        BOOST_TEST(((op).ec() == (why)), #op << ": " << (op).ec().message() << ": " << (op).text()); \
    } while (false)

namespace leasehold::test {

using namespace std::chrono_literals;

/// What a running operation and its handler share.
template <class... T>
struct operation_state {
    explicit operation_state(asio::io_context& io) : strand{asio::make_strand(io)} {}

    std::optional<asio::strand<asio::io_context::executor_type>> strand;
    asio::cancellation_signal signal;
    diagnostics diag;
    bool initiating = true;
    int calls = 0;
    int handlers = 0;  ///< alive
    error_code ec;
    std::optional<std::tuple<T...>> values;
};

/// A completion handler that checks where, when and how often it is called.
template <class... T>
class checking_handler {
public:
    using executor_type = asio::strand<asio::io_context::executor_type>;
    using cancellation_slot_type = asio::cancellation_slot;

    explicit checking_handler(std::shared_ptr<operation_state<T...>> s) : state_{std::move(s)}
    {
        ++state_->handlers;
    }
    checking_handler(checking_handler&& other) noexcept = default;
    checking_handler(const checking_handler&) = delete;
    checking_handler& operator=(const checking_handler&) = delete;
    ~checking_handler()
    {
        if (state_)
            --state_->handlers;
    }

    executor_type get_executor() const noexcept { return *state_->strand; }
    cancellation_slot_type get_cancellation_slot() const noexcept { return state_->signal.slot(); }
    diagnostics* get_diagnostics_target() const noexcept { return &state_->diag; }

    void operator()(error_code ec, T... values)
    {
        BOOST_TEST(!state_->initiating, "the handler was called by the initiating function");
        BOOST_TEST(state_->strand->running_in_this_thread(),
                   "the handler was called on another executor than its own");
        BOOST_TEST(++state_->calls == 1, "the handler was called " << state_->calls << " times");
        state_->ec = ec;
        state_->values.emplace(std::move(values)...);
    }

private:
    std::shared_ptr<operation_state<T...>> state_;
};

/// An operation that was started. Default-constructed: one that was not.
template <class... T>
class started {
public:
    started() = default;
    explicit started(std::shared_ptr<operation_state<T...>> s) : state_{std::move(s)} {}

    bool done() const noexcept { return state_ && state_->calls > 0; }
    bool ok() const noexcept { return done() && !state_->ec; }
    error_code ec() const noexcept { return state_->ec; }
    const std::string& text() const noexcept { return state_->diag.message; }
    bool aborted() const noexcept { return done() && state_->ec == asio::error::operation_aborted; }
    auto& value() { return std::get<0>(*state_->values); }
    void cancel(asio::cancellation_type type = asio::cancellation_type::terminal)
    {
        state_->signal.emit(type);
    }
    int handlers() const noexcept { return state_->handlers; }
    /// For one that outlives its context.
    void forget_executor() noexcept { state_->strand.reset(); }

private:
    std::shared_ptr<operation_state<T...>> state_;
};

class world {
public:
    memory::etcd etcd;
    asio::io_context io{1};

    explicit world(const memory::etcd::options& o = {}) : etcd{o} {}

    client connect(client_options options = {})
    {
        options.endpoints = etcd.endpoints();
        return leasehold::connect(
            io.get_executor(), std::move(options),
            [this](engine::strand s) { return etcd.connect(std::move(s)); }, ++seed_);
    }

    /// `initiate(handler)` begins the operation.
    template <class... T, class Initiate>
    started<T...> start(Initiate initiate)
    {
        auto state = std::make_shared<operation_state<T...>>(io);
        std::move(initiate)(checking_handler<T...>{state});
        state->initiating = false;
        return started<T...>{std::move(state)};
    }

    started<held_lock> lock(const mutex& m)
    {
        return start<held_lock>([&](auto h) { m.lock(std::move(h)); });
    }
    started<std::optional<held_lock>> try_lock(const mutex& m)
    {
        return start<std::optional<held_lock>>([&](auto h) { m.try_lock(std::move(h)); });
    }
    started<std::optional<held_lock>> try_lock_for(const mutex& m, std::chrono::nanoseconds timeout)
    {
        return start<std::optional<held_lock>>([&](auto h) { m.try_lock_for(timeout, std::move(h)); });
    }
    started<> unlock(held_lock& held)
    {
        return start<>([&](auto h) { held.unlock(std::move(h)); });
    }
    started<errc> lost(const held_lock& held, std::chrono::nanoseconds ahead = {})
    {
        return start<errc>([&](auto h) { held.lost(ahead, std::move(h)); });
    }
    started<session> open(const client& c, std::chrono::milliseconds ttl = 15s)
    {
        return start<session>([&](auto h) { session::open(c, {.ttl = ttl}, std::move(h)); });
    }
    started<session> adopt(const client& c, lease_id lease)
    {
        return start<session>([&](auto h) { session::adopt(c, lease, std::move(h)); });
    }
    started<errc> lost(const session& s)
    {
        return start<errc>([&](auto h) { s.lost(std::move(h)); });
    }
    started<> close(session& s)
    {
        return start<>([&](auto h) { s.close(std::move(h)); });
    }
    started<watch_event> next(watcher& w)
    {
        return start<watch_event>([&](auto h) { w.next(std::move(h)); });
    }
    started<revision> ready(watcher& w)
    {
        return start<revision>([&](auto h) { w.ready(std::move(h)); });
    }

    started<ownership_change> next(ownership_watcher& w)
    {
        return start<ownership_change>([&](auto h) { w.next(std::move(h)); });
    }
    started<bool> set_value(claim& c, std::string value)
    {
        return start<bool>([&](auto h) { c.set_value(std::move(value), std::move(h)); });
    }
    started<> release(claim& c)
    {
        return start<>([&](auto h) { c.release(std::move(h)); });
    }
    started<std::optional<std::string>> get(const locker& l, std::string name)
    {
        return start<std::optional<std::string>>([&](auto h) { l.get(std::move(name), std::move(h)); });
    }
    started<name_state> next(name_watcher& w)
    {
        return start<name_state>([&](auto h) { w.next(std::move(h)); });
    }
    started<std::vector<name_state>> next(name_lister& l)
    {
        return start<std::vector<name_state>>([&](auto h) { l.next(std::move(h)); });
    }

    // ---- the run ----

    void poll()
    {
        io.restart();
        io.poll();
    }

    /// One delivery; false when only the clock could bring the next one.
    bool step()
    {
        poll();
        if (!etcd.step())
            return false;
        poll();
        return true;
    }

    /// Everything that happens without the clock moving.
    void settle()
    {
        while (step())
            ;
    }

    void run_for(std::chrono::nanoseconds time)
    {
        const auto end = etcd.now() + time;
        settle();
        while (etcd.advance(end))
            settle();
    }

    /// False when it has not come true in time.
    template <class Condition>
    bool run_until(Condition condition, std::chrono::nanoseconds limit = 60s)
    {
        const auto end = etcd.now() + limit;
        while (true) {
            poll();
            if (condition())
                return true;
            if (!etcd.step() && !etcd.advance(end))
                return false;
        }
    }

    template <class... T>
    bool finish(const started<T...>& op, std::chrono::nanoseconds limit = 60s)
    {
        return run_until([&op] { return op.done(); }, limit);
    }

    held_lock must_lock(const mutex& m)
    {
        auto op = lock(m);
        BOOST_TEST_REQUIRE(finish(op));
        BOOST_TEST_REQUIRE(!op.ec(), op.ec().message() << ": " << op.text());
        return std::move(op.value());
    }

    session must_open(const client& c, std::chrono::milliseconds ttl = 15s)
    {
        auto op = open(c, ttl);
        BOOST_TEST_REQUIRE(finish(op));
        BOOST_TEST_REQUIRE(!op.ec(), op.ec().message() << ": " << op.text());
        return std::move(op.value());
    }

    // ---- what is there ----

    std::vector<key_value> keys(const std::string& prefix = {}) const
    {
        get_request r;
        r.key = prefix.empty() ? std::string(1, '\0') : prefix;
        r.range_end = prefix_end(prefix);
        r.sort = get_request::order::oldest_first;
        return etcd.store().range(r).response.items;
    }
    std::size_t leases() const { return etcd.store().leases().all().size(); }
    const key_value* find(const std::string& key) const
    {
        const auto& h = etcd.store().history();
        return h.find(key, h.current());
    }

private:
    std::uint64_t seed_ = 0;
};

/// Which member a client talks to most: the last message's.
class last_member {
public:
    explicit last_member(world& w)
    {
        w.etcd.on_message([this](const memory::message& m) {
            if (m.direction == memory::direction::to_server)
                seen_[m.kind] = m.member;
            return memory::fault::none();
        });
    }

    std::optional<std::size_t> of(memory::call_kind kind) const
    {
        const auto it = seen_.find(kind);
        return it != seen_.end() ? std::optional{it->second} : std::nullopt;
    }

private:
    std::map<memory::call_kind, std::size_t> seen_;
};

}  // namespace leasehold::test
