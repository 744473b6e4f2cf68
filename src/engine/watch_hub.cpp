// SPDX-License-Identifier: Apache-2.0
#include <core/status.hpp>
#include <engine/call.hpp>
#include <engine/cluster.hpp>
#include <engine/observing.hpp>
#include <engine/watch_hub.hpp>

#include <chrono>
#include <utility>
#include <variant>

namespace leasehold::engine {

using namespace std::chrono_literals;

watch_hub::watch_hub(cluster& c) : cluster_{c}, pause_{20ms, 1s}
{
    c.links().on_trouble([this](std::size_t endpoint) {
        if (!stream_ || endpoint_ != endpoint)
            return;
        break_stream();
        flush();
    });
}

core::subscription_id watch_hub::subscribe(core::watch_spec spec, watch_listener& listener)
{
    const auto id = router_.subscribe(std::move(spec));
    listeners_.emplace(id, &listener);
    flush();
    return id;
}

void watch_hub::unsubscribe(core::subscription_id& id)
{
    if (id == 0)
        return;
    router_.unsubscribe(id);
    listeners_.erase(std::exchange(id, 0));
    flush();
}

void watch_hub::flush()
{
    if (!stream_ && !router_.empty())
        open();
    else if (router_.empty())
        cluster_.links().forget(waiting_for_link_);
    send();
    deliver();
}

void watch_hub::send()
{
    for (const auto& command : router_.take_commands()) {
        if (!stream_)
            return;
        if (const auto* create = std::get_if<core::watch_command::create>(&command))
            stream_->create(create->request);
        else
            stream_->cancel(std::get<core::watch_command::cancel>(command).id);
    }
}

// A listener may subscribe and unsubscribe from inside its callback: what follows from it joins the same
// round.
void watch_hub::deliver()
{
    if (std::exchange(delivering_, true))
        return;
    for (auto round = router_.take_deliveries(); !round.empty(); round = router_.take_deliveries())
        for (auto& delivery : round)
            std::visit(
                [this](auto& d) {
                    const auto it = listeners_.find(d.to);
                    if (it == listeners_.end())
                        return;
                    auto& listener = *it->second;
                    using type = std::decay_t<decltype(d)>;
                    if constexpr (std::is_same_v<type, core::watch_delivery::covered>) {
                        listener.on_covered(d.revision);
                    } else if constexpr (std::is_same_v<type, core::watch_delivery::events>) {
                        listener.on_events(std::move(d.list), d.next);
                    } else {
                        listeners_.erase(it);
                        listener.on_ended(d.compacted, d.reason);
                    }
                },
                delivery);
    delivering_ = false;
}

void watch_hub::open()
{
    if (reopen_.number != 0)
        return;
    const auto endpoint = cluster_.links().pick();
    if (!endpoint) {
        if (waiting_for_link_ == 0)
            waiting_for_link_ = cluster_.links().when_ready(boot_clock::time_point::max(), [this](bool) {
                waiting_for_link_ = 0;
                flush();
            });
        return;
    }
    endpoint_ = *endpoint;
    rpc::stream_handler<core::watch_message> handler;
    ++opened_;
    token_ = cluster_.links().token_number();
    handler.on_message = cluster_.keeping([this](core::watch_message m) { on_message(std::move(m)); });
    handler.on_closed = cluster_.keeping([this](const core::status& why) { on_closed(why); });
    stream_ = cluster_.transport().open_watch(endpoint_, std::move(handler));
    if (std::exchange(broken_, false))
        tell(cluster_.options(), [&](observer& o) {
            o.on_stream_reopened({observer::stream::watch, cluster_.options().endpoints[endpoint_]});
        });
    router_.on_stream_opened();
    send();
}

void watch_hub::on_message(core::watch_message m)
{
    const bool refused = m.cancelled && core::access_of(m.cancel_reason) != core::access::granted;
    if (checking_token_ || (refused && cluster_.links().authenticates())) {
        held_.push_back(std::move(m));
        return check_token();
    }
    pause_.reset();
    router_.on_message(std::move(m));
    flush();
}

// A stream keeps the token that it began with, and a refused watch does not tell a stale one from a
// permission that we lack. Another request does.
void watch_hub::check_token()
{
    if (std::exchange(checking_token_, true))
        return;
    get_request anything;
    anything.key = std::string(1, '\0');
    anything.count_only = true;
    call<get_result>::start(
        cluster_, cluster_.user_policy(true),
        [anything](rpc::transport& t, std::size_t endpoint, boot_clock::time_point deadline, auto handler) {
            t.range(endpoint, anything, deadline, std::move(handler));
        },
        [this, stream = opened_](const outcome<get_result>& r) {
            if (!stream_ || opened_ != stream)
                return;
            const bool same = cluster_.links().token_number() == token_;
            if (same && (r.ok() || r.verdict == core::verdict::permission_denied)) {
                checking_token_ = false;
                for (auto& m : std::exchange(held_, {}))
                    router_.on_message(std::move(m));
            } else {
                break_stream();
                if (same)
                    reopen_later();
            }
            flush();
        });
}

void watch_hub::on_closed(const core::status& why)
{
    break_stream();
    reopen_later();
    cluster_.links().stream_closed(endpoint_, token_, why);
}

void watch_hub::reopen_later()
{
    reopen_ = cluster_.timers().at(cluster_.now() + pause_.pause(cluster_.random()), [this] {
        reopen_ = {};
        flush();
    });
}

void watch_hub::break_stream()
{
    stream_.reset();
    broken_ = true;
    checking_token_ = false;
    held_.clear();
    router_.on_stream_closed();
}

void watch_hub::clear()
{
    stream_.reset();
    for (const auto& [id, listener] : std::exchange(listeners_, {}))
        listener->on_abandoned();
}

}  // namespace leasehold::engine
