// SPDX-License-Identifier: Apache-2.0
#include "etcd_server.hpp"
#include "fault_proxy.hpp"
#include "handover.hpp"
#include "key_loss.hpp"
#include "running.hpp"
#include "stopped_client.hpp"
#include "suites.hpp"
#include "waiter.hpp"
#include "waiting.hpp"

#include <leasehold/leasehold.hpp>

#include <algorithm>
#include <string>
#include <utility>

namespace leasehold::test {

namespace {

using namespace std::chrono_literals;

suite cut_off(std::string name, std::function<void(fault_proxy&)> cut)
{
    auto run = [name, cut](const soak_options& o) {
        const etcd_server server;
        cut_off_plan plan;
        plan.server_port = server.port();
        plan.ttl = 3s;
        plan.trials = o.trials;
        plan.at_once = std::min<std::size_t>(o.trials, 20);
        plan.cut = cut;
        plan.prefix = "cut-off-";
        plan.seed = o.seed;
        row sum{name, 0, 0, {}, {}, "TTL 3 s"};
        add(sum, run_alone<std::vector<handover>>([&](auto&) { return cut_holders_off(plan); }));
        return sum;
    };
    return {name, run};
}

void silence(fault_proxy& p, direction way)
{
    p.set(way, fault::blackhole());
}

asio::awaitable<waiter_ended> cut_waiter_off(asio::io_context& io, const etcd_server& server,
                                             std::string name)
{
    fault_proxy proxy{server.port()};
    const queue_of_three who{client{io.get_executor(), at(server.endpoint())},
                             client{io.get_executor(), at(proxy.endpoint())},
                             client{io.get_executor(), at(server.endpoint())}, std::move(name), 3s};
    strike cut = [&](std::string) -> asio::awaitable<void> {
        proxy.cut();
        co_return;
    };
    co_return co_await end_waiter(who, std::move(cut));
}

row waiters_cut_off(const soak_options& o)
{
    const etcd_server server;
    row sum{"waiter cut off", o.rounds, 0, {}, {}, "TTL 3 s; nobody else disturbed"};
    for (std::size_t i = 0; i < o.rounds; ++i) {
        const auto r = run_alone<waiter_ended>(
            [&](auto& io) { return cut_waiter_off(io, server, "waiter-" + std::to_string(i)); });
        sum.violations += r.why != errc::session_lost || r.holder_disturbed || r.behind_disturbed ? 1 : 0;
    }
    return sum;
}

row stopped_clients(const soak_options& o)
{
    const etcd_server server;
    row sum{"client process stopped", o.rounds, 0, {}, {}, "TTL 2 s; late write refused, body cancelled"};
    for (std::size_t i = 0; i < o.rounds; ++i) {
        const auto r = stop_holder(server.endpoint(), o.stopped_worker, "stopped-" + std::to_string(i), 2s);
        sum.violations += r.violated() ? 1 : 0;
    }
    return sum;
}

std::function<asio::awaitable<void>(std::string)> remover(const client& c)
{
    return [c](std::string key) -> asio::awaitable<void> { co_await c.remove(key); };
}

std::string latency_note(boot_clock::duration worst)
{
    const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(worst).count();
    return "told " + std::to_string(micros / 1000) + '.' + std::to_string(micros / 100 % 10) +
           " ms after the deletion was asked for, at worst";
}

row holders_keys(const soak_options& o)
{
    const etcd_server server;
    row sum{"holder's key deleted", o.trials, 0, {}, {}, {}};
    boot_clock::duration worst{};
    for (std::size_t i = 0; i < o.trials; ++i) {
        const auto r = run_alone<key_lost>([&](asio::io_context& io) {
            const client ours{io.get_executor(), at(server.endpoint())};
            const client operators{io.get_executor(), at(server.endpoint())};
            return lose_key(ours, "key-" + std::to_string(i), 100ms, remover(operators));
        });
        worst = std::max(worst, r.latency());
        sum.violations += r.why != errc::key_deleted || r.still_held || r.latency() > 50ms ? 1 : 0;
    }
    sum.note = latency_note(worst);
    return sum;
}

row waiters_keys(const soak_options& o)
{
    const etcd_server server;
    row sum{"waiter's key deleted", o.trials, 0, {}, {}, {}};
    boot_clock::duration worst{};
    for (std::size_t i = 0; i < o.trials; ++i) {
        const auto r = run_alone<waiter_ended>([&](asio::io_context& io) {
            const auto fresh = [&] { return client{io.get_executor(), at(server.endpoint())}; };
            const queue_of_three who{fresh(), fresh(), fresh(), "waiter-key-" + std::to_string(i), 15s};
            return end_waiter(who, remover(who.holder));
        });
        const auto latency = r.told - r.struck;
        worst = std::max(worst, latency);
        const bool wrong = r.why != errc::key_deleted || r.holder_disturbed || r.behind_disturbed;
        sum.violations += wrong || latency > 50ms ? 1 : 0;
    }
    sum.note = latency_note(worst);
    return sum;
}

}  // namespace

std::vector<suite> client_suites()
{
    return {
        cut_off("holder cut off", [](fault_proxy& p) { p.cut(); }),
        cut_off("holder's requests vanish", [](fault_proxy& p) { silence(p, direction::to_server); }),
        cut_off("holder's answers vanish", [](fault_proxy& p) { silence(p, direction::to_client); }),
        cut_off("holder's requests delayed by 4 s",
                [](fault_proxy& p) { p.set(direction::to_server, fault::delayed(4s)); }),
        cut_off("holder's answers delayed by 4 s",
                [](fault_proxy& p) { p.set(direction::to_client, fault::delayed(4s)); }),
        cut_off("holder's connections reset",
                [](fault_proxy& p) {
                    p.set(direction::to_client, fault::reset());
                    p.set(direction::to_server, fault::reset());
                }),
        {"waiter cut off", waiters_cut_off},
        {"client process stopped", stopped_clients},
        {"holder's key deleted", holders_keys},
        {"waiter's key deleted", waiters_keys},
    };
}

}  // namespace leasehold::test
