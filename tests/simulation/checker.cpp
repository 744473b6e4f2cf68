// SPDX-License-Identifier: Apache-2.0
#include "checker.hpp"

#include "process.hpp"
#include "world.hpp"

#include <core/key_layout.hpp>

#include <cstdio>

namespace leasehold::simulation {

namespace {

[[noreturn]] void broken(std::string text)
{
    throw broken_promise{std::move(text)};
}

fencing_token read_token(const std::string& value)
{
    long long at = 0;
    unsigned long long sequence = 0;
    std::sscanf(value.c_str(), "%lld.%llu", &at, &sequence);
    return {at, sequence};
}

}  // namespace

std::string checker::fenced_value(const fencing_token& token)
{
    return std::to_string(token.revision) + "." + std::to_string(token.sequence);
}

void checker::fail(std::string text)
{
    if (!failure_)
        failure_ = std::move(text);
}

// ---- operations ----

operation_number checker::begun(const process& p, const std::string& what)
{
    operations_[++last_operation_] = {&p, what};
    world_.tell([&] { return p.name() + ": begins #" + std::to_string(last_operation_) + " " + what; });
    return last_operation_;
}

bool checker::cancelling(operation_number n)
{
    const auto it = operations_.find(n);
    if (it == operations_.end())
        return false;
    it->second.cancelling = true;
    world_.tell([&] { return it->second.owner->name() + ": cancels #" + std::to_string(n); });
    return true;
}

void checker::ended(operation_number n, error_code ec)
{
    const auto node = operations_.extract(n);
    if (!node)
        return fail("operation #" + std::to_string(n) + " completed twice");
    const auto& op = node.mapped();
    world_.tell([&] {
        return op.owner->name() + ": ended #" + std::to_string(n) + " " + op.what + ": " +
               (ec ? ec.message() : "done");
    });
    if (ec == asio::error::operation_aborted && !op.cancelling)
        fail(op.owner->name() + ": " + op.what + " was aborted, and nobody had cancelled it");
}

void checker::dropped(operation_number n)
{
    if (const auto node = operations_.extract(n))
        fail(node.mapped().owner->name() + ": " + node.mapped().what + " was dropped without completing");
}

void checker::forget(const process& p)
{
    std::erase_if(operations_, [&p](const auto& e) { return e.second.owner == &p; });
    std::erase_if(holdings_, [&p](const auto& e) { return e.second.owner == &p; });
    for (auto& [where, places] : lines_)
        std::erase_if(places, [&p](const auto& e) { return e.second == &p; });
}

// ---- the queue inside one session ----

std::uint64_t checker::queued(const process& p, const line& where)
{
    lines_[where].emplace(++last_place_, &p);
    return last_place_;
}

void checker::left_queue(const line& where, std::uint64_t place)
{
    lines_[where].erase(place);
}

void checker::served(const line& where, std::uint64_t place)
{
    auto& places = lines_[where];
    if (!places.empty() && places.begin()->first < place)
        fail("a coroutine got the lock \"" + where.second +
             "\" before one of its session that asked earlier");
    places.erase(place);
}

// ---- ownership ----

std::uint64_t checker::granted(const process& p, const std::string& lock, const held_lock& held)
{
    ++grants_;
    const auto token = held.token();
    auto& l = locks_[lock];
    holding h;
    h.owner = &p;
    h.lock = lock;
    h.handle = &held;
    h.token = token;
    h.believed = held.held();
    h.lost = world_.now();
    world_.tell([&] { return describe(h) + " is granted" + (h.believed ? "" : ", too late"); });
    if (!l.tokens.insert(token).second)
        fail(describe(h) + ": somebody had this token before");
    // A process that was paused may hear late of what it owned once.
    if (h.believed && token < l.newest)
        fail(describe(h) + ": the token " + to_string(l.newest) + " was there before");
    if (h.believed)
        l.newest = token;
    if (token.sequence == 0 && token.revision > l.current.at)
        l.current = {token.revision, world_.now(), {}};
    check_turn(h);
    holdings_.emplace(++last_holding_, std::move(h));
    return last_holding_;
}

// A lock is handed on inside a process only while the process's turn is young. The time that the clients'
// clocks disagree about is granted.
void checker::check_turn(const holding& h)
{
    const auto& t = locks_.at(h.lock).current;
    if (h.token.sequence == 0 || h.token.revision != t.at || t.released == boot_clock::time_point{})
        return;
    const duration turn = world_.plan().local_turn;
    if (t.released > t.seen + turn + turn / 50)
        fail(describe(h) + ": handed on inside the process though its turn was over");
}

void checker::releasing(std::uint64_t number)
{
    auto& h = holdings_.at(number);
    h.releasing = true;
    auto& t = locks_.at(h.lock).current;
    if (t.at == h.token.revision)
        t.released = world_.now();
    if (h.handle->held())
        fail(describe(h) + " still believes in its lock while it releases it");
}

void checker::told(std::uint64_t number)
{
    if (const auto it = holdings_.find(number); it != holdings_.end())
        it->second.waits = false;
}

// The engine looks at the clock twice a second at least.
void checker::check_told(const holding& h)
{
    if (h.waits && !h.believed && !h.releasing && !h.owner->ever_paused() && world_.now() > h.lost + 1s)
        fail(describe(h) + " lost its lock a second ago and has not been told");
}

std::string checker::describe(const holding& h) const
{
    return h.owner->name() + "'s holder of \"" + h.lock + "\", token " + to_string(h.token);
}

std::string checker::owner_of(const std::string& lock, revision& created) const
{
    const auto prefix = core::queue_prefix(lock);
    const auto& h = world_.etcd().store().history();
    std::string key;
    created = 0;
    h.for_each(prefix, prefix_end(prefix), h.current(), [&](const key_value& kv) {
        if (created == 0 || kv.create_revision < created) {
            created = kv.create_revision;
            key = kv.key;
        }
    });
    return key;
}

void checker::look_at(holding& h)
{
    const bool held = h.handle->held();
    if (held && !h.believed)
        fail(describe(h) + " believes in its lock again");
    if (h.believed && !held) {
        h.lost = world_.now();
        world_.tell([&] { return describe(h) + " believes in it no more"; });
    }
    h.believed = held;
    check_told(h);
    // Work in with_lock has ended before the lock can belong to anybody else, unless its process stood still.
    if (!held && !(h.scoped && !h.owner->ever_paused()))
        return;
    revision created = 0;
    const auto owner = owner_of(h.lock, created);
    if (owner == h.handle->key() && created == h.token.revision)
        return;
    fail(describe(h) + (held ? " believes in its lock" : " still works under with_lock") +
         (owner.empty() ? ", which nobody owns in etcd"
                        : ", which belongs to " + owner + " since revision " + std::to_string(created)));
}

void checker::take_changes()
{
    const auto& h = world_.etcd().store().history();
    if (h.current() == seen_)
        return;
    for (auto& e : h.changes(seen_ + 1, h.current())) {
        world_.tell([&] {
            return "etcd: revision " + std::to_string(e.kv.mod_revision) +
                   (e.removed ? " deletes " : " puts ") + e.kv.key +
                   (e.removed || e.kv.value.empty() ? "" : " = " + e.kv.value);
        });
        if (const auto lock = e.kv.key; !e.removed && lock.starts_with("fenced/")) {
            auto& last = locks_[lock.substr(7)].last_write;
            const auto token = read_token(e.kv.value);
            if (token < last)
                fail("a fenced write of " + to_string(token) + " came after one of " + to_string(last));
            last = token;
        }
        changes_.push_back(std::move(e));
    }
    seen_ = h.current();
}

void checker::look()
{
    take_changes();
    std::map<std::string, const holding*> holders;
    for (auto& [number, h] : holdings_) {
        look_at(h);
        if (!h.believed)
            continue;
        const auto [other, first] = holders.emplace(h.lock, &h);
        if (!first)
            fail("two holders at once: " + describe(h) + " and " + describe(*other->second));
    }
    if (failure_)
        broken(*failure_);
}

// ---- the end ----

void checker::all_served() const
{
    std::string text;
    for (const auto& [number, op] : operations_)
        text += "\n  " + op.owner->name() + ": #" + std::to_string(number) + " " + op.what;
    broken("no fault is left, and these never complete:" + text);
}

void checker::nothing_left(const std::string& when) const
{
    const auto& h = world_.etcd().store().history();
    std::string text;
    for (std::size_t i = 0; i < world_.plan().locks; ++i) {
        const auto prefix = core::queue_prefix(world::lock_name(i));
        h.for_each(prefix, prefix_end(prefix), h.current(),
                   [&](const key_value& kv) { text += "\n  " + kv.key; });
    }
    if (!text.empty())
        broken("keys that nobody needs are left " + when + ":" + text);
}

void checker::no_lease_left() const
{
    for (const auto& [id, l] : world_.etcd().store().leases().all())
        broken("the lease " + std::to_string(id) + " is left after everybody has gone");
    if (!operations_.empty())
        all_served();
}

}  // namespace leasehold::simulation
