// SPDX-License-Identifier: Apache-2.0
#include "concurrently.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <exception>
#include <memory>
#include <utility>

namespace leasehold::cli {

namespace asio = boost::asio;

namespace {

struct progress {
    progress(const asio::any_io_executor& executor, std::size_t todo,
             std::function<asio::awaitable<void>(std::size_t)> todo_each)
        : count{todo}, work{std::move(todo_each)}, ended{executor, asio::steady_timer::time_point::max()}
    {}

    std::size_t next = 0;
    std::size_t count;
    std::function<asio::awaitable<void>(std::size_t)> work;
    std::size_t workers = 0;
    std::exception_ptr failure;
    asio::steady_timer ended;
};

asio::awaitable<void> work_on(std::shared_ptr<progress> p)
{
    while (p->next < p->count && !p->failure) {
        auto step = p->work(p->next++);
        co_await std::move(step);
    }
}

}  // namespace

asio::awaitable<void> concurrently(std::size_t count, std::size_t width,
                                   std::function<asio::awaitable<void>(std::size_t)> work)
{
    if (count == 0)
        co_return;
    const auto executor = co_await asio::this_coro::executor;
    const auto p = std::make_shared<progress>(executor, count, std::move(work));
    p->workers = std::min(count, width);
    for (std::size_t left = p->workers; left > 0; --left) {
        asio::co_spawn(executor, work_on(p), [p](const std::exception_ptr& e) {
            if (e && !p->failure)
                p->failure = e;
            if (--p->workers == 0)
                p->ended.cancel();
        });
    }
    while (p->workers > 0) {
        constexpr auto token = asio::as_tuple(asio::use_awaitable);
        co_await p->ended.async_wait(token);
    }
    if (p->failure)
        std::rethrow_exception(p->failure);
}

}  // namespace leasehold::cli
