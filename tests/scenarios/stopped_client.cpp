// SPDX-License-Identifier: Apache-2.0
#include "stopped_client.hpp"

#include "child_process.hpp"
#include "waiting.hpp"

#include <leasehold/leasehold.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <signal.h>
#include <utility>

namespace leasehold::test {

namespace {

asio::awaitable<void> contend(client c, std::string name, std::string data)
{
    const mutex m{c, name};
    auto held = co_await m.lock();
    transaction write;
    write.when.push_back(held.ownership());
    write.then.emplace_back(put_request{data, "contender", 0});
    co_await c.txn(std::move(write));
    co_await held.unlock();
}

asio::awaitable<void> read(client c, std::string data, std::string& into)
{
    const auto found = co_await c.get(data);
    into = found.items.empty() ? "" : found.items.front().value;
}

void run_to_end(asio::awaitable<void> work, asio::io_context& io)
{
    std::exception_ptr failure;
    asio::co_spawn(io, std::move(work), [&](std::exception_ptr e) { failure = e; });
    io.restart();
    io.run();
    if (failure)
        std::rethrow_exception(failure);
}

}  // namespace

stopped_client stop_holder(const std::string& endpoint, const std::string& worker, const std::string& name,
                           std::chrono::milliseconds ttl)
{
    const auto data = name + "-data";
    child_process holder{{worker, endpoint, name, data, std::to_string(ttl.count())}};
    holder.read_until("holding");
    holder.send_signal(SIGSTOP);

    asio::io_context io;
    const client c{io.get_executor(), at(endpoint)};
    run_to_end(contend(c, name, data), io);
    holder.send_signal(SIGCONT);

    stopped_client result;
    for (auto* line : {&result.first_look, &result.write, &result.body, &result.end})
        *line = holder.read_line().value_or("");
    result.exit_code = holder.wait();
    run_to_end(read(c, data, result.stored), io);
    return result;
}

}  // namespace leasehold::test
