// SPDX-License-Identifier: Apache-2.0
// set_worker WHERE LOCK TTL_MS LATENCY_MS SECONDS ID ENDPOINT...: adds elements to a set, each under the
// lock, by reading all of it, thinking about it for twice LATENCY_MS at most, and writing all of it back.
// WHERE is the port of a set_storage, or the key in etcd that holds the set. As Jepsen's clients, it does not
// look at the lock again before it writes. Prints `ok ELEMENT`, `refused ELEMENT` or `unknown ELEMENT` for
// each addition tried.
#include <leasehold/leasehold.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cstdint>
#include <exception>
#include <iostream>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

struct job {
    std::string where;
    std::string lock;
    std::chrono::milliseconds ttl;
    std::chrono::milliseconds latency;
    std::chrono::seconds length;
    std::string id;
};

asio::awaitable<void> pause(std::chrono::milliseconds how_long)
{
    asio::steady_timer timer{co_await asio::this_coro::executor, how_long};
    co_await timer.async_wait(asio::use_awaitable);
}

asio::awaitable<void> think(std::chrono::milliseconds latency)
{
    static std::mt19937 random{std::random_device{}()};
    std::uniform_int_distribution<std::int64_t> upto{0, 2 * latency.count()};
    co_await pause(std::chrono::milliseconds{upto(random)});
}

/// A question to the storage, and its answer's first word and the rest.
asio::awaitable<std::pair<std::string, std::string>> ask(asio::ip::tcp::socket& storage, std::string question)
{
    question += '\n';
    const auto all = asio::buffer(question);
    co_await asio::async_write(storage, all, asio::use_awaitable);
    std::string reply;
    auto into = asio::dynamic_buffer(reply);
    co_await asio::async_read_until(storage, into, '\n', asio::use_awaitable);
    reply.pop_back();
    const auto end = std::min(reply.find(' '), reply.size());
    co_return std::pair{reply.substr(0, end), reply.substr(end)};
}

asio::awaitable<std::string> add_outside(const job& j, leasehold::fencing_token token, std::string element)
{
    asio::ip::tcp::socket storage{co_await asio::this_coro::executor};
    const asio::ip::tcp::endpoint there{asio::ip::address_v4::loopback(),
                                        static_cast<std::uint16_t>(std::stoul(j.where))};
    co_await storage.async_connect(there, asio::use_awaitable);
    const auto stamp = ' ' + std::to_string(token.revision) + ' ' + std::to_string(token.sequence);
    const auto [may_read, elements] = co_await ask(storage, "read" + stamp);
    if (may_read != "ok")
        co_return "refused";
    co_await think(j.latency);
    const auto [written, nothing] = co_await ask(storage, "write" + stamp + elements + ' ' + element);
    co_return written;
}

asio::awaitable<std::string> add_in_etcd(const job& j, leasehold::client c, leasehold::compare owned,
                                         std::string element)
{
    const auto [unread, before] = co_await c.get(j.where, as_result);
    if (unread)
        co_return "refused";
    co_await think(j.latency);
    const auto elements = before.items.empty() ? "" : before.items.front().value;
    leasehold::transaction write;
    write.when.push_back(std::move(owned));
    write.then.emplace_back(leasehold::put_request{j.where, elements + ' ' + element, 0});
    const auto [ec, result] = co_await c.txn(std::move(write), as_result);
    if (ec)
        co_return "unknown";
    co_return result.succeeded ? "ok" : "refused";
}

bool is_port(const std::string& where)
{
    return std::all_of(where.begin(), where.end(), [](unsigned char c) { return std::isdigit(c); });
}

asio::awaitable<void> work(leasehold::client c, job j)
{
    const auto end = std::chrono::steady_clock::now() + j.length;
    for (int n = 0; std::chrono::steady_clock::now() < end; ++n) {
        const leasehold::mutex m{c, j.lock, {.ttl = j.ttl}};
        auto [ec, held] = co_await m.try_lock_for(2s, as_result);
        if (ec || !held) {
            co_await pause(20ms);
            continue;
        }
        const auto element = j.id + '-' + std::to_string(n);
        std::string outcome;
        if (is_port(j.where))
            outcome = co_await add_outside(j, held->token(), element);
        else
            outcome = co_await add_in_etcd(j, c, held->ownership(), element);
        std::cout << outcome << ' ' << element << std::endl;
        co_await held->unlock(as_result);
    }
}

}  // namespace

int main(int argc, char** argv)
try {
    const job j{argv[1],
                argv[2],
                std::chrono::milliseconds{std::stoi(argv[3])},
                std::chrono::milliseconds{std::stoi(argv[4])},
                std::chrono::seconds{std::stoi(argv[5])},
                argv[6]};
    leasehold::client_options options;
    options.endpoints.assign(argv + 7, argv + argc);
    asio::io_context io;
    const leasehold::client c{io.get_executor(), options};
    asio::co_spawn(io, work(c, j), [](std::exception_ptr e) {
        if (e)
            std::rethrow_exception(e);
    });
    io.run();
} catch (const std::exception& e) {
    std::cerr << "set_worker: " << e.what() << '\n';
    return 1;
}
