// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/report.hpp"

#include <leasehold/leasehold.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace leasehold::bench {

namespace asio = boost::asio;
using clock = std::chrono::steady_clock;

struct settings {
    std::vector<std::string> endpoints{"http://127.0.0.1:2379"};
    std::size_t n = 100;
    std::size_t threads = 1;
    double seconds = 0;
    std::size_t clients = 0;  ///< that `handoff` spreads its sessions over; 0: one for each
    std::chrono::milliseconds timeout{200};
    std::chrono::seconds ttl{15};
    std::size_t writes_per_second = 0;  ///< of another client, meanwhile
    std::vector<std::shared_ptr<observer>> observers{};
};

/**
 * \brief One run of one scenario: the io_context, a client, the figures.
 *
 * A scenario spawns coroutines and then lets them run, some to prepare and some to be measured. The context
 * returns when they have ended: an idle client does not keep it running.
 */
class driver {
public:
    explicit driver(const settings& s);

    const settings& given() const noexcept { return settings_; }
    const client& shared_client() const noexcept { return client_; }
    client make_client();
    bench::result& result() noexcept { return result_; }

    /// Starts a coroutine. Should it end with an exception, that is one error.
    template <class Body>
    void spawn(Body body)
    {
        asio::co_spawn(own_executor(), std::move(body), [this](std::exception_ptr e) { ended(e); });
    }

    using numbered_body = std::function<asio::awaitable<void>(std::size_t)>;
    /// Does `body(0)` to `body(n - 1)`, so many of them at a time. An error ends only its own.
    void spawn_each(std::size_t n, std::size_t at_a_time, numbered_body body);

    /// Runs what was spawned to its end. Memory per item counts from there on.
    void prepare();
    /// Runs what can run at once: afterwards, coroutines that wait for etcd do wait.
    void run_ready();
    /// Runs everything until this body has ended; what else was spawned goes on with the next run.
    template <class Body>
    void run_until(Body body)
    {
        asio::co_spawn(own_executor(), std::move(body), [this](std::exception_ptr e) {
            ended(e);
            io_.stop();
        });
        run_to_end();
    }
    /// As prepare(), measured: time and processor. over() turns true after `settings::seconds`.
    void measure();
    /// Within measure(): what follows is cleaning up, and not measured.
    void stop_measuring();

    clock::duration given_time() const noexcept;
    clock::time_point end() const noexcept { return end_; }
    bool over() const noexcept { return clock::now() >= end_; }

    /// One operation of the measured part has ended.
    void record(clock::time_point begin) { record(begin, clock::now()); }
    void record(clock::time_point begin, clock::time_point now);
    void fail(const char* what) { report_error(result_, what); }

    /// Looks at threads and memory: call it where a scenario uses most of them.
    void look_at_process();

    /// Waits for a part (0 to 1) of the measured time.
    asio::awaitable<void> part_of_time(double part);

    /// After measure(): what does that which is there now cost, while nobody does anything with it?
    void stay_idle(clock::duration how_long);
    /// Runs what was spawned to its end, for instance to clean up.
    void run_to_end();

private:
    asio::any_io_executor own_executor();
    void spawn_all(std::size_t n, const std::shared_ptr<const numbered_body>& body);
    void let_pass(clock::duration time);
    void ended(std::exception_ptr e);

    settings settings_;
    asio::io_context io_;
    client client_;
    clock::time_point begin_;
    clock::time_point end_;
    std::atomic<clock::duration> last_{};  ///< when the last operation ended, from begin_
    double cpu_before_ = 0;
    bool measuring_ = false;
    double memory_before_ = 0;
    bench::result result_;
};

}  // namespace leasehold::bench
