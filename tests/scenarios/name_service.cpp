// SPDX-License-Identifier: Apache-2.0
#include "name_service.hpp"

#include "child_process.hpp"
#include "name_history.hpp"
#include "waiting.hpp"

#include <leasehold/leasehold.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <csignal>
#include <exception>
#include <list>
#include <map>
#include <random>
#include <sstream>
#include <utility>
#include <vector>

namespace leasehold::test {

namespace {

using namespace std::chrono_literals;

constexpr const char* folder = "service";
constexpr const char* directory = "service/";
constexpr const char* last_key = "service/~";  // of no name
constexpr auto ttl = "2";

/// One watcher and all that it was told.
struct follower {
    std::vector<std::string> of;
    name_watcher changes;
    bool slow;
    std::map<std::string, std::vector<name_state>> told;
    revision first = 0;
};

class scene {
public:
    scene(asio::io_context& io, const name_service_plan& plan)
        : io_{io}, plan_{plan}, random_{plan.seed}, changed_{io}
    {}

    asio::awaitable<void> play()
    {
        const auto c = connect();
        auto begin = read_revision(c);
        const revision before = co_await std::move(begin);
        asio::co_spawn(io_, record(c, before + 1), rethrow);
        for (std::size_t i = 0; i < plan_.processes; ++i)
            processes_.push_back(launch(i));
        for (std::size_t i = 0; i < plan_.watchers; ++i)
            follow(i);
        auto raging = rage();
        co_await std::move(raging);
        auto settling = settle(c);
        co_await std::move(settling);
        auto hearing = hear_out();
        co_await std::move(hearing);
        judge();
        over_ = true;
        for (auto& f : followers_)
            f.changes = {};
    }

    const name_service_report& report() const noexcept { return report_; }

private:
    static void rethrow(std::exception_ptr e)
    {
        if (e)
            std::rethrow_exception(e);
    }

    client connect() { return client{io_.get_executor(), at(plan_.endpoint)}; }

    child_process launch(std::size_t i)
    {
        return child_process{{plan_.worker, plan_.endpoint, directory, std::to_string(plan_.names),
                              std::to_string(i * plan_.hosts_per_process),
                              std::to_string(plan_.hosts_per_process), ttl}};
    }

    static asio::awaitable<revision> read_revision(client c)
    {
        const auto found = co_await c.get(last_key);
        co_return found.revision;
    }

    // ---- what happens ----

    asio::awaitable<void> record(client c, revision from)
    {
        watch_options options;
        options.prefix = true;
        options.start_revision = from;
        auto changes = c.watch(directory, options);
        for (;;) {
            const auto e = co_await changes.next();
            history_.take(e);
            if (e.kv.key != last_key)
                continue;
            history_.end();
            end_ = e.kv.mod_revision;
            changed_.cancel();
            co_return;
        }
    }

    asio::awaitable<void> rage()
    {
        const auto end = std::chrono::steady_clock::now() + plan_.length;
        asio::steady_timer pause{io_};
        while (std::chrono::steady_clock::now() < end || !has_happened_enough()) {
            pause.expires_after(std::chrono::milliseconds{random_() % 400});
            co_await pause.async_wait(asio::use_awaitable);
            const auto unlucky = random_() % processes_.size();
            processes_[unlucky].kill();
            processes_[unlucky] = launch(unlucky);
            ++report_.kills;
        }
    }

    bool has_happened_enough() const
    {
        return report_.kills >= plan_.least_kills && history_.changes() >= plan_.least_changes;
    }

    /// Every host is in its queue and leaves its value alone, and the dead have left.
    asio::awaitable<void> settle(client c)
    {
        for (auto& p : processes_) {
            p.read_until("ready", millis{60'000});
            p.send_signal(SIGUSR1);
        }
        co_await queue_reaches(c, folder, plan_.processes * plan_.hosts_per_process);
        co_await c.put(last_key, "");
    }

    // ---- who follows ----

    void follow(std::size_t i)
    {
        if (i % 100 == 0) {
            locker_options options;
            options.directory = directory;
            lockers_.emplace_back(connect(), options);
            options.watch_buffer = 2;
            short_lockers_.emplace_back(connect(), options);
        }
        const bool slow = i % 10 == 1;
        const auto& names = slow ? short_lockers_.back() : lockers_.back();
        auto& f = followers_.emplace_back();
        f.slow = slow;
        if (i % 10 == 0) {
            for (std::size_t n = 0; n < plan_.names; ++n)
                f.of.push_back("name-" + std::to_string(n));
            f.changes = names.watch_prefix("");
        } else {
            f.of.push_back("name-" + std::to_string(i % plan_.names));
            f.changes = names.watch(f.of.back());
        }
        asio::co_spawn(io_, hear(f), rethrow);
    }

    asio::awaitable<void> hear(follower& f)
    {
        asio::steady_timer pause{io_};
        while (!over_) {
            diagnostics d;
            auto [ec, state] = co_await f.changes.next(asio::as_tuple(redirect_diagnostics(d)));
            if (ec == asio::error::operation_aborted)
                co_return;
            if (ec)
                throw error{ec, d};
            if (f.first == 0)
                f.first = state.revision;
            ++report_.told;
            f.told[state.name].push_back(std::move(state));
            if (end_ != 0)
                changed_.cancel();
            if (f.slow && random_() % 10 == 0) {
                pause.expires_after(std::chrono::milliseconds{random_() % 500});
                co_await pause.async_wait(asio::use_awaitable);
            }
        }
    }

    /// What it was told of a name, up to the end of the record.
    std::vector<name_state> heard(const follower& f, const std::string& name) const
    {
        std::vector<name_state> all;
        if (const auto known = f.told.find(name); known != f.told.end())
            for (const auto& s : known->second)
                if (s.revision <= end_)
                    all.push_back(s);
        return all;
    }

    std::vector<name_state> happened(const follower& f, const std::string& name) const
    {
        auto all = history_.after(name, f.first);
        auto first = history_.at(name, f.first);
        if (first.value || f.of.size() == 1)
            all.insert(all.begin(), std::move(first));
        return all;
    }

    /// Cheap, since it is asked at every change until it is true.
    bool has_heard_all(const follower& f) const
    {
        return std::ranges::all_of(f.of, [&](const auto& name) {
            const auto last = history_.last_change(name);
            const auto known = f.told.find(name);
            if (known != f.told.end())
                return known->second.back().revision >= last;
            return f.of.size() > 1 && last <= f.first;
        });
    }

    /// Until each has been told how things stand in the end; but not for ever.
    asio::awaitable<void> hear_out()
    {
        const auto limit = std::chrono::steady_clock::now() + 180s;
        while (std::chrono::steady_clock::now() < limit) {
            if (end_ != 0 && std::ranges::all_of(followers_, [&](const auto& f) { return has_heard_all(f); }))
                co_return;
            changed_.expires_at(limit);
            co_await changed_.async_wait(asio::as_tuple(asio::use_awaitable));
        }
    }

    void judge()
    {
        report_.changes = history_.changes();
        for (const auto& f : followers_) {
            const auto wrong = std::ranges::find_if(
                f.of, [&](const auto& name) { return heard(f, name) != happened(f, name); });
            if (wrong == f.of.end())
                continue;
            if (report_.wrong++ == 0)
                report_.first_wrong = difference(heard(f, *wrong), happened(f, *wrong));
        }
    }

    static std::string difference(const std::vector<name_state>& told, const std::vector<name_state>& was)
    {
        const auto [one, other] = std::ranges::mismatch(told, was);
        const auto word = [](const auto& at, const auto& all) {
            std::ostringstream text;
            if (at == all.end())
                text << "nothing more";
            else
                text << at->name << " = " << at->value.value_or("nobody") << " at revision " << at->revision;
            return text.str();
        };
        return "told " + word(one, told) + " where there was " + word(other, was);
    }

    asio::io_context& io_;
    const name_service_plan& plan_;
    std::mt19937 random_;
    std::vector<child_process> processes_;
    std::list<locker> lockers_;
    std::list<locker> short_lockers_;
    std::list<follower> followers_;
    name_history history_{directory};
    revision end_ = 0;  ///< of the record; 0: it goes on
    bool over_ = false;
    asio::steady_timer changed_;
    name_service_report report_;
};

}  // namespace

name_service_report run_name_service(const name_service_plan& plan)
{
    asio::io_context io;
    scene s{io, plan};
    std::exception_ptr failure;
    asio::co_spawn(io, s.play(), [&](std::exception_ptr e) { failure = e; });
    io.run();
    if (failure)
        std::rethrow_exception(failure);
    return s.report();
}

}  // namespace leasehold::test
