// SPDX-License-Identifier: Apache-2.0
#include "checks.hpp"

#include <core/key_layout.hpp>
#include <engine/call.hpp>
#include <engine/cluster.hpp>
#include <engine/pending.hpp>
#include <engine/watch.hpp>

#include <leasehold/client.hpp>

#include <utility>
#include <variant>

namespace leasehold {

namespace {

using engine::call;
using engine::outcome;
using engine::pending;

/// How a request may be treated.
struct nature {
    bool repeatable;
    asio::cancellation_type cancelled_by;
};
constexpr nature reads{true, asio::cancellation_type::all};
constexpr nature writes{false, engine::with_effects};
constexpr nature writes_as_often_as_asked{true, engine::with_effects};

/// Runs one request for a user: `send(transport, endpoint, deadline, handler)`, then `done(outcome)`, which
/// says how the operation ends unless the user has cancelled it meanwhile.
template <class Response, class... T, class Send, class Done>
void run_request(const std::shared_ptr<engine::cluster>& c, detail::completion<T...> completion, nature what,
                 Send send, Done done)
{
    const auto op = pending<T...>::make(c, std::move(completion), what.cancelled_by);
    c->run([c, op, repeatable = what.repeatable, send = std::move(send), done = std::move(done)]() mutable {
        if (op->finished())
            return;
        call<Response>::start(
            *c, c->user_policy(repeatable), std::move(send),
            [c = c.get(), op, done = std::move(done)](outcome<Response> r) { done(*c, *op, std::move(r)); });
    });
}

template <class... T>
bool refuse_empty(const std::string& key, bool range, detail::completion<T...>& c, const char* what)
{
    if (!key.empty() || range)
        return false;
    std::move(c).fail(
        detail::failure{make_error_code(errc::invalid_name), std::string{what} + ": the key is \"\""});
    return true;
}

/// A range begins where keys do.
void begin_range(auto& of)
{
    if (!of.range_end.empty())
        of.key = core::prefix_begin(std::move(of.key));
}

void begin_range(put_request&) {}

void begin_range(transaction& t)
{
    for (auto& c : t.when)
        begin_range(c);
    for (auto* steps : {&t.then, &t.otherwise})
        for (auto& step : *steps)
            std::visit([](auto& request) { begin_range(request); }, step.request);
}

/// The outcome of a request whose response is the operation's result.
template <class Response>
auto plain(std::string what)
{
    return [what = std::move(what)](const engine::cluster& c, pending<Response>& op, outcome<Response> r) {
        if (r.ok())
            op.succeed(std::move(r.response));
        else
            op.fail(r.why(c, what));
    };
}

}  // namespace

client::executor_type client::get_executor() const noexcept
{
    return impl_->executor();
}

const client_options& client::options() const noexcept
{
    return impl_->options();
}

void client::start_get(const impl_ptr& impl, get_request r, detail::completion<get_result> c)
{
    if (refuse_empty(r.key, !r.range_end.empty(), c, "cannot read"))
        return;
    begin_range(r);
    auto what = "cannot read \"" + r.key + '"';
    run_request<get_result>(
        impl, std::move(c), reads,
        [r = std::move(r)](rpc::transport& t, std::size_t endpoint, boot_clock::time_point deadline,
                           auto handler) { t.range(endpoint, r, deadline, std::move(handler)); },
        plain<get_result>(std::move(what)));
}

void client::start_put(const impl_ptr& impl, put_request r, detail::completion<put_result> c)
{
    if (refuse_empty(r.key, false, c, "cannot write"))
        return;
    auto what = "cannot write \"" + r.key + '"';
    run_request<put_result>(
        impl, std::move(c), writes,
        [r = std::move(r)](rpc::transport& t, std::size_t endpoint, boot_clock::time_point deadline,
                           auto handler) { t.put(endpoint, r, deadline, std::move(handler)); },
        plain<put_result>(std::move(what)));
}

void client::start_remove(const impl_ptr& impl, remove_request r, detail::completion<remove_result> c)
{
    if (refuse_empty(r.key, !r.range_end.empty(), c, "cannot delete"))
        return;
    begin_range(r);
    auto what = "cannot delete \"" + r.key + '"';
    run_request<remove_result>(
        impl, std::move(c), writes,
        [r = std::move(r)](rpc::transport& t, std::size_t endpoint, boot_clock::time_point deadline,
                           auto handler) { t.remove(endpoint, r, deadline, std::move(handler)); },
        plain<remove_result>(std::move(what)));
}

void client::start_txn(const impl_ptr& impl, transaction r, detail::completion<transaction_result> c)
{
    begin_range(r);
    run_request<transaction_result>(
        impl, std::move(c), writes,
        [r = std::move(r)](rpc::transport& t, std::size_t endpoint, boot_clock::time_point deadline,
                           auto handler) { t.txn(endpoint, r, deadline, std::move(handler)); },
        plain<transaction_result>("cannot run the transaction"));
}

void client::start_grant(const impl_ptr& impl, std::chrono::seconds ttl, detail::completion<lease_info> c)
{
    if (auto bad = checks::check_ttl(ttl); bad.code)
        return std::move(c).fail(std::move(bad));
    const auto op = pending<lease_info>::make(impl, std::move(c));
    impl->run([impl, op, ttl] {
        impl->grant_lease(ttl, [impl = impl.get(), op](const detail::failure& why,
                                                       const engine::cluster::granted_lease& g) {
            if (why.code)
                op->fail(why);
            else if (op->finished())
                impl->revoke(g.lease, g.sent + g.ttl);
            else
                op->succeed({g.lease, g.left, g.ttl, {}});
        });
    });
}

void client::start_revoke(const impl_ptr& impl, lease_id lease, detail::completion<> c)
{
    run_request<revision>(
        impl, std::move(c), writes_as_often_as_asked,
        [lease](rpc::transport& t, std::size_t endpoint, boot_clock::time_point deadline, auto handler) {
            t.lease_revoke(endpoint, lease, deadline, std::move(handler));
        },
        [lease](const engine::cluster& cluster, pending<>& op, const outcome<revision>& r) {
            if (r.ok() || (r.verdict == core::verdict::lease_gone && r.repeated))
                op.succeed();
            else
                op.fail(r.why(cluster, "cannot revoke the lease " + std::to_string(lease)));
        });
}

void client::start_ttl(const impl_ptr& impl, lease_id lease, detail::completion<lease_info> c)
{
    run_request<core::lease_time_to_live_result>(
        impl, std::move(c), reads,
        [lease](rpc::transport& t, std::size_t endpoint, boot_clock::time_point deadline, auto handler) {
            t.lease_time_to_live(endpoint, lease, true, deadline, std::move(handler));
        },
        [lease](const engine::cluster& cluster, pending<lease_info>& op,
                outcome<core::lease_time_to_live_result> r) {
            const auto what = "cannot ask for the lease " + std::to_string(lease);
            if (!r.ok())
                op.fail(r.why(cluster, what));
            else if (r.response.ttl.count() < 0)
                op.fail({make_error_code(errc::lease_not_found), what + ": it does not exist"});
            else
                op.succeed({lease, r.response.ttl, r.response.granted_ttl, std::move(r.response.keys)});
        });
}

watcher client::watch(std::string key, watch_options options) const
{
    checks::check(key, options);
    const auto w = std::make_shared<engine::watch>(impl_, std::move(key), options);
    impl_->run([w] { w->start(); });
    return watcher{w};
}

}  // namespace leasehold
