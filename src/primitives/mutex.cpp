// SPDX-License-Identifier: Apache-2.0
#include "checks.hpp"
#include "lock_operation.hpp"

#include <core/key_layout.hpp>
#include <engine/call.hpp>
#include <engine/cluster.hpp>
#include <engine/session.hpp>

#include <leasehold/mutex.hpp>

#include <stdexcept>
#include <utility>

namespace leasehold {

namespace {

std::vector<queue_entry> entries_of(get_result r)
{
    std::vector<queue_entry> list;
    list.reserve(r.items.size());
    for (auto& kv : r.items) {
        auto& entry = list.emplace_back();
        entry.position = list.size() - 1;
        entry.key = std::move(kv.key);
        entry.owner = parse_owner_record(kv.value);
        entry.value = std::move(kv.value);
        entry.lease = kv.lease;
        entry.create_revision = kv.create_revision;
    }
    return list;
}

std::optional<core::shared_text> value_of(const mutex_options& options)
{
    return options.value ? std::optional{core::shared_text{*options.value}} : std::nullopt;
}

}  // namespace

mutex::mutex(client c, std::string name, mutex_options options)
{
    checks::check_lock(name, options);
    auto value = value_of(options);
    impl_ = std::make_shared<const engine::mutex_state>(
        engine::mutex_state{c.impl_, nullptr, std::move(name), std::move(options), std::move(value)});
}

mutex::mutex(session s, std::string name, mutex_options options)
{
    checks::check_lock(name, options);
    if (!s.impl_)
        throw std::invalid_argument{"leasehold: the session of the lock \"" + name + "\" is none"};
    auto value = value_of(options);
    impl_ = std::make_shared<const engine::mutex_state>(engine::mutex_state{
        std::move(s.user_), std::move(s.impl_), std::move(name), std::move(options), std::move(value)});
}

// Not default arguments: an aggregate with a string, made in the middle of a co_await expression, is
// destroyed at the wrong address by g++ 12.
mutex::mutex(client c, std::string name) : mutex{std::move(c), std::move(name), mutex_options{}} {}
mutex::mutex(session s, std::string name) : mutex{std::move(s), std::move(name), mutex_options{}} {}

mutex::executor_type mutex::get_executor() const noexcept
{
    return impl_->cluster->executor();
}

const std::string& mutex::name() const noexcept
{
    return impl_->name;
}

template <class Result>
void mutex::start_operation(const state_ptr& impl, detail::completion<Result> c,
                            const engine::lock_limits& limits)
{
    const auto grant = [](std::shared_ptr<engine::ownership> o) { return Result{held_lock{std::move(o)}}; };
    engine::lock_operation<Result>::start(impl, std::move(c), limits, grant);
}

void mutex::start_lock(const state_ptr& impl, detail::completion<held_lock> c)
{
    start_operation<held_lock>(impl, std::move(c), {});
}

void mutex::start_try_lock(const state_ptr& impl, detail::completion<std::optional<held_lock>> c)
{
    start_operation<std::optional<held_lock>>(impl, std::move(c), {.only_if_free = true, .timeout = {}});
}

void mutex::start_try_lock_for(const state_ptr& impl, std::chrono::nanoseconds timeout,
                               detail::completion<std::optional<held_lock>> c)
{
    if (timeout <= timeout.zero())
        return start_try_lock(impl, std::move(c));
    start_operation<std::optional<held_lock>>(impl, std::move(c),
                                              {.only_if_free = false, .timeout = timeout});
}

void mutex::start_queue(const state_ptr& impl, detail::completion<std::vector<queue_entry>> c)
{
    get_request r;
    r.key = core::queue_prefix(impl->name);
    r.range_end = prefix_end(r.key);
    r.sort = get_request::order::oldest_first;
    const auto op = engine::pending<std::vector<queue_entry>>::make(impl->cluster, std::move(c));
    impl->cluster->run([impl, op, r = std::move(r)]() mutable {
        using request = engine::call<get_result>;
        request::start(
            *impl->cluster, impl->cluster->user_policy(true),
            [r = std::move(r)](rpc::transport& t, std::size_t endpoint, boot_clock::time_point deadline,
                               auto handler) { t.range(endpoint, r, deadline, std::move(handler)); },
            [impl, op](engine::outcome<get_result> answer) {
                if (answer.ok())
                    op->succeed(entries_of(std::move(answer.response)));
                else
                    op->fail(answer.why(*impl->cluster,
                                        "cannot read the queue of the lock \"" + impl->name + '"'));
            });
    });
}

}  // namespace leasehold
