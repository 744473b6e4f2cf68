// SPDX-License-Identifier: Apache-2.0
#include "process.hpp"

#include "world.hpp"

#include <primitives/connect.hpp>

#include <boost/asio/co_spawn.hpp>

#include <exception>

namespace leasehold::simulation {

process::process(simulation::world& w, std::size_t number, std::int64_t clock_ppm)
    : world_{w},
      number_{number},
      name_{"p" + std::to_string(number)},
      alive_{std::make_shared<process*>(this)}
{
    client_options options;
    options.endpoints = w.etcd().endpoints();
    ledger_ = std::make_shared<simulation::ledger>(
        [&w, this](const std::string& what) { w.checker().fail(name_ + ": " + what); });
    options.observers = {ledger_};
    const memory::clock clock{clock_ppm};
    client_.emplace(connect(
        io_.get_executor(), std::move(options),
        [&w, &clock](engine::strand s) { return w.etcd().connect(std::move(s), clock); }, w.chance().bits()));
}

process::~process()
{
    dying_ = true;
    world_.checker().forget(*this);
    alive_.reset();
    // The coroutines that sleep go first: they own handles, and the context outlives those.
    const auto gone = std::exchange(sleepers_, {});
}

bool process::run_one()
{
    return !paused_ && io_.poll_one() != 0;
}

void process::spawn(asio::awaitable<void> actor, role as)
{
    auto& running = actors_[static_cast<std::size_t>(as)];
    ++running;
    asio::co_spawn(io_, std::move(actor), [this, &running](const std::exception_ptr& failure) {
        --running;
        if (!failure)
            return;
        try {
            std::rethrow_exception(failure);
        } catch (const std::exception& e) {
            world_.checker().fail(name_ + ": an exception that nobody expected: " + e.what());
        }
    });
}

void process::wake_sleepers()
{
    while (!sleepers_.empty())
        wake(sleepers_.begin()->first, {});
}

void process::let_go()
{
    sessions_.clear();
    client_.reset();
}

void process::start_sleep(duration time, asio::any_io_executor executor, handler_type handler)
{
    const auto number = ++last_sleeper_;
    if (auto slot = asio::get_associated_cancellation_slot(handler); slot.is_connected())
        slot.assign(
            [this, number](asio::cancellation_type) { wake(number, asio::error::operation_aborted); });
    sleepers_.emplace(number, sleeper{std::move(executor), std::move(handler)});
    auto& timers = world_.etcd().scheduler();
    timers.once(
        [weak = std::weak_ptr{alive_}, number] {
            if (const auto self = weak.lock())
                (*self)->wake(number, {});
        },
        timers.now() + time);
}

void process::wake(std::uint64_t number, error_code ec)
{
    auto node = sleepers_.extract(number);
    if (!node)
        return;
    auto& woken = node.mapped();
    asio::post(woken.executor, [handler = std::move(woken.handler), ec]() mutable {
        if (auto slot = asio::get_associated_cancellation_slot(handler); slot.is_connected())
            slot.clear();
        std::move(handler)(ec);
    });
}

}  // namespace leasehold::simulation
