// SPDX-License-Identifier: Apache-2.0
#include "watch_run.hpp"

#include "looking.hpp"

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

/// The run of one `leasehold watch`; it lives in the coroutine that runs it.
class watching {
public:
    watching(client c, watch_request request, std::function<void(const holders::change&)> report)
        : client_{std::move(c)},
          request_{std::move(request)},
          report_{std::move(report)},
          view_{request_.prefix ? holders::of_locks(request_.name) : holders::of_lock(request_.name)}
    {}

    asio::awaitable<int> run()
    {
        auto first = look_now();
        look seen = co_await std::move(first);
        for (;;) {
            for (const holders::change& change : view_.on_look(std::move(seen.held), seen.at))
                report_(change);
            auto following = follow_history(seen.at + 1);
            co_await std::move(following);
            auto again = through_outages<look>([this] { return look_now(); });
            seen = co_await std::move(again);
        }
    }

private:
    asio::awaitable<look> look_now() const
    {
        return request_.prefix ? look_at_locks(client_, request_.name) : look_at_lock(client_, request_.name);
    }

    asio::awaitable<holding> ask(const holders::question& asked) const
    {
        return request_.prefix ? find_proper_holder(client_, asked.name, asked.at)
                               : find_holder(client_, asked.name, asked.at);
    }

    /// Returns when etcd has forgotten changes that were not delivered.
    asio::awaitable<void> follow_history(revision from)
    {
        watch_options options;
        options.prefix = true;
        options.start_revision = from;
        asio::steady_timer timer{co_await asio::this_coro::executor};
        for (;;) {
            try {
                auto following =
                    follow(client_.watch(request_.prefix ? request_.name : request_.name + '/', options));
                co_await std::move(following);
            } catch (const boost::system::system_error& e) {
                if (e.code() == errc::compacted)
                    co_return;
                if (e.code() != errc::unreachable)
                    throw;
            }
            // etcd went away before the watch had begun: nothing has been delivered, so nothing is missed.
            timer.expires_after(pause);
            co_await timer.async_wait(asio::use_awaitable);
        }
    }

    asio::awaitable<void> follow(watcher changes)
    {
        for (;;) {
            auto waiting = changes.next(with_diagnostics());
            const watch_event event = co_await std::move(waiting);
            const holders::step step = event.what == watch_event::kind::put
                                           ? view_.on_put(event.kv)
                                           : view_.on_removed(event.kv.key, event.kv.mod_revision);
            if (const auto* change = std::get_if<holders::change>(&step)) {
                report_(*change);
            } else if (const auto* asked = std::get_if<holders::question>(&step)) {
                auto asking = through_outages<holding>([&] { return ask(*asked); });
                holding answer = co_await std::move(asking);
                report_(view_.on_answer(*asked, std::move(answer.holder)));
            }
        }
    }

    client client_;
    watch_request request_;
    std::function<void(const holders::change&)> report_;
    holders view_;
};

}  // namespace

asio::awaitable<int> watch_locks(client c, watch_request request,
                                 std::function<void(const holders::change&)> report)
{
    watching w{std::move(c), std::move(request), std::move(report)};
    auto running = w.run();
    co_return co_await std::move(running);
}

}  // namespace leasehold::cli
