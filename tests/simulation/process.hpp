// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ledger.hpp"
#include "random.hpp"

#include <leasehold/client.hpp>
#include <leasehold/session.hpp>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace leasehold::simulation {

class world;

/// A program with one client: an execution context that the world runs handler by handler, or does not.
class process {
public:
    process(simulation::world& w, std::size_t number, std::int64_t clock_ppm);
    /// As kill -9: nothing more is sent.
    ~process();
    process(const process&) = delete;
    process& operator=(const process&) = delete;

    const std::string& name() const noexcept { return name_; }
    /// Of its client, in the cluster's count.
    std::size_t number() const noexcept { return number_; }
    simulation::world& world() const noexcept { return world_; }
    asio::io_context& io() noexcept { return io_; }
    leasehold::client& client() noexcept { return *client_; }

    /// One handler; false when there is none, or when the process is paused.
    bool run_one();
    void pause() noexcept { paused_ = ever_paused_ = true; }
    void resume() noexcept { paused_ = false; }
    bool paused() const noexcept { return paused_; }
    bool ever_paused() const noexcept { return ever_paused_; }
    bool dying() const noexcept { return dying_; }

    /// A listener hears of the end of a session, and so may end last.
    enum class role : std::uint8_t { worker, reader, listener };
    void spawn(asio::awaitable<void> actor, role as);
    std::size_t actors(role as) const noexcept { return actors_[static_cast<std::size_t>(as)]; }
    /// Whatever is slept through, is over.
    void wake_sleepers();
    /// Lets go of sessions and client, as a program does that ends well.
    void let_go();

    const simulation::ledger& ledger() const noexcept { return *ledger_; }

    /// Sessions that the actors share.
    std::vector<session>& sessions() noexcept { return sessions_; }

    /// In virtual time. Can be cancelled.
    asio::awaitable<void> sleep(duration time)
    {
        auto initiation = [this, time](auto handler) {
            asio::any_io_executor executor = asio::get_associated_executor(handler, io_.get_executor());
            start_sleep(time, std::move(executor), std::move(handler));
        };
        co_await asio::async_initiate<const asio::use_awaitable_t<>, void(error_code)>(std::move(initiation),
                                                                                       asio::use_awaitable);
    }

private:
    using handler_type = asio::any_completion_handler<void(error_code)>;
    struct sleeper {
        asio::any_io_executor executor;
        handler_type handler;
    };

    void start_sleep(duration time, asio::any_io_executor executor, handler_type handler);
    void wake(std::uint64_t number, error_code ec);

    simulation::world& world_;
    const std::size_t number_;
    const std::string name_;
    bool paused_ = false;
    bool ever_paused_ = false;
    bool dying_ = false;
    std::array<std::size_t, 3> actors_{};
    std::uint64_t last_sleeper_ = 0;
    std::shared_ptr<process*> alive_;
    asio::io_context io_{1};
    asio::executor_work_guard<asio::io_context::executor_type> work_{io_.get_executor()};
    std::shared_ptr<simulation::ledger> ledger_;
    std::optional<leasehold::client> client_;
    std::vector<session> sessions_;
    std::map<std::uint64_t, sleeper> sleepers_;
};

}  // namespace leasehold::simulation
