// SPDX-License-Identifier: Apache-2.0
#include "../../../src/cli/concurrently.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstddef>
#include <exception>
#include <optional>
#include <stdexcept>
#include <vector>

BOOST_AUTO_TEST_SUITE(cli_concurrently)

using namespace leasehold::cli;
namespace asio = boost::asio;

namespace {

/// Counts what runs; each piece of work takes as many turns of the executor as it is told.
struct worker {
    std::vector<std::size_t> begun;
    std::size_t running = 0;
    std::size_t most = 0;
    std::optional<std::size_t> fails;

    asio::awaitable<void> work(std::size_t i)
    {
        begun.push_back(i);
        most = std::max(most, ++running);
        const auto executor = co_await asio::this_coro::executor;
        for (std::size_t turn = 0; turn <= i % 3; ++turn)
            co_await asio::post(executor, asio::use_awaitable);
        --running;
        if (fails == i)
            throw std::runtime_error{"work " + std::to_string(i)};
    }
};

/// Nothing if it has ended well, or what was thrown.
std::exception_ptr run(worker& w, std::size_t count, std::size_t width)
{
    asio::io_context io{1};
    std::optional<std::exception_ptr> end;
    asio::co_spawn(io, concurrently(count, width, [&](std::size_t i) { return w.work(i); }),
                   [&](std::exception_ptr e) { end = e; });
    io.run();
    BOOST_TEST_REQUIRE(end.has_value());
    return *end;
}

}  // namespace

BOOST_AUTO_TEST_CASE(all_of_it_is_done_once)
{
    worker w;
    BOOST_TEST(!run(w, 100, 7));
    std::ranges::sort(w.begun);
    for (std::size_t i = 0; i < 100; ++i)
        BOOST_TEST(w.begun.at(i) == i);
    BOOST_TEST(w.begun.size() == 100U);
}

BOOST_AUTO_TEST_CASE(so_many_run_at_once_and_no_more)
{
    worker w;
    BOOST_TEST(!run(w, 100, 7));
    BOOST_TEST(w.most == 7U);
}

BOOST_AUTO_TEST_CASE(less_work_than_workers)
{
    worker w;
    BOOST_TEST(!run(w, 2, 64));
    BOOST_TEST(w.most == 2U);
    worker idle;
    BOOST_TEST(!run(idle, 0, 64));
    BOOST_TEST(idle.begun.empty());
}

BOOST_AUTO_TEST_CASE(after_a_failure_nothing_is_begun_and_what_runs_ends_first)
{
    worker w;
    w.fails = 5;
    const auto failure = run(w, 100, 4);
    BOOST_TEST(w.running == 0U);
    BOOST_TEST(w.begun.size() < 15U);
    BOOST_REQUIRE(failure);
    BOOST_CHECK_EXCEPTION(std::rethrow_exception(failure), std::runtime_error,
                          [](const auto& e) { return e.what() == std::string{"work 5"}; });
}

BOOST_AUTO_TEST_SUITE_END()
