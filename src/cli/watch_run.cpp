// SPDX-License-Identifier: Apache-2.0
#include "watch_run.hpp"

#include "looking.hpp"
#include "output.hpp"

#include <leasehold/diagnostics.hpp>
#include <leasehold/errc.hpp>
#include <leasehold/watcher.hpp>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <functional>
#include <map>
#include <utility>
#include <variant>
#include <view/holders.hpp>
#include <view/lock_report.hpp>

namespace leasehold::cli {

namespace {

using namespace std::chrono_literals;

constexpr auto pause = 200ms;  // before a question that an outage left without an answer is asked again

/// All holders of the watched locks at one revision.
struct look {
    std::map<std::string, key_value> held;
    revision at = 0;
};

asio::awaitable<look> look_at_lock(client c, std::string name)
{
    auto finding = find_holder(std::move(c), name);
    holding found = co_await std::move(finding);
    look result;
    result.at = found.at;
    if (found.holder)
        result.held.emplace(std::move(name), *std::move(found.holder));
    co_return result;
}

asio::awaitable<look> look_at_locks(client c, std::string prefix)
{
    auto finding = find_locks(std::move(c), std::move(prefix));
    lock_listing listing = co_await std::move(finding);
    look result;
    result.at = listing.at;
    for (lock_row& row : listing.rows)
        result.held.emplace(std::move(row.name), std::move(row.holder));
    co_return result;
}

/// Asks until it is answered.
template <class T>
asio::awaitable<T> through_outages(std::function<asio::awaitable<T>()> ask)
{
    asio::steady_timer timer{co_await asio::this_coro::executor};
    for (;;) {
        try {
            auto asking = ask();
            co_return co_await std::move(asking);
        } catch (const boost::system::system_error& e) {
            if (e.code() != errc::unreachable && e.code() != errc::overloaded)
                throw;
        }
        timer.expires_after(pause);
        co_await timer.async_wait(asio::use_awaitable);
    }
}

void report(const holders::change& change, bool json)
{
    print(json ? change_json(change.name, change.holder, change.at).text()
               : change_line(change.name, change.holder));
}

asio::awaitable<holding> ask(client c, const watch_request& request, const holders::question& asked)
{
    return request.prefix ? find_proper_holder(std::move(c), asked.name, asked.at)
                          : find_holder(std::move(c), asked.name, asked.at);
}

asio::awaitable<void> follow(client c, const watch_request& request, watcher changes, holders& view)
{
    for (;;) {
        auto waiting = changes.next(with_diagnostics());
        const watch_event event = co_await std::move(waiting);
        const holders::step step = event.what == watch_event::kind::put
                                       ? view.on_put(event.kv)
                                       : view.on_removed(event.kv.key, event.kv.mod_revision);
        if (const auto* change = std::get_if<holders::change>(&step)) {
            report(*change, request.json);
        } else if (const auto* asked = std::get_if<holders::question>(&step)) {
            auto asking = through_outages<holding>([&] { return ask(c, request, *asked); });
            holding answer = co_await std::move(asking);
            report(view.on_answer(*asked, std::move(answer.holder)), request.json);
        }
    }
}

/// Returns when etcd has forgotten changes that were not delivered.
asio::awaitable<void> follow_history(client c, const watch_request& request, revision from, holders& view)
{
    watch_options options;
    options.prefix = true;
    options.start_revision = from;
    try {
        auto following =
            follow(c, request, c.watch(request.prefix ? request.name : request.name + '/', options), view);
        co_await std::move(following);
    } catch (const boost::system::system_error& e) {
        if (e.code() != errc::compacted)
            throw;
    }
}

}  // namespace

asio::awaitable<int> watch_locks(client c, watch_request request)
{
    holders view = request.prefix ? holders::of_locks(request.name) : holders::of_lock(request.name);
    const std::function<asio::awaitable<look>()> look_now = [&] {
        return request.prefix ? look_at_locks(c, request.name) : look_at_lock(c, request.name);
    };
    auto first = look_now();
    look seen = co_await std::move(first);
    for (;;) {
        for (const holders::change& change : view.on_look(std::move(seen.held), seen.at))
            report(change, request.json);
        auto following = follow_history(c, request, seen.at + 1, view);
        co_await std::move(following);
        auto again = through_outages<look>(look_now);
        seen = co_await std::move(again);
    }
}

}  // namespace leasehold::cli
