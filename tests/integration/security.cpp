// SPDX-License-Identifier: Apache-2.0
// An etcd with authentication; TLS is tried with the command (tests/cli/security.py).
#include "coroutine.hpp"
#include "etcd_server.hpp"
#include "etcdctl.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>

#include <string>
#include <vector>

BOOST_AUTO_TEST_SUITE(integration_security)

using namespace leasehold;
using namespace leasehold::test;

namespace {

/// Its user web has what begins with "shop/".
struct guarded_etcd {
    guarded_etcd()
    {
        etcdctl({"user", "add", "root:toor"});
        etcdctl({"user", "grant-role", "root", "root"});
        etcdctl({"role", "add", "shop"});
        etcdctl({"role", "grant-permission", "--prefix=true", "shop", "readwrite", "shop/"});
        etcdctl({"user", "add", "web:secret"});
        etcdctl({"user", "grant-role", "web", "shop"});
        etcdctl({"auth", "enable"});
    }

    void etcdctl(const std::vector<std::string>& arguments)
    {
        const auto done = run_etcdctl(server.endpoint(), arguments);
        BOOST_TEST_REQUIRE(done.exit_code == 0, arguments.front() << ": " << done.err);
    }

    client connect(asio::io_context& io, const std::string& user = "web",
                   const std::string& password = "secret")
    {
        auto options = at(server.endpoint());
        options.user = user;
        options.password = password;
        return client{io.get_executor(), std::move(options)};
    }

    etcd_server server;
};

}  // namespace

BOOST_AUTO_TEST_CASE(what_its_user_may_a_client_may)
{
    guarded_etcd etcd;
    asio::io_context io;
    const auto ours = etcd.connect(io);
    const auto theirs = etcd.connect(io);
    run(io, [&]() -> asio::awaitable<void> {
        using namespace asio::experimental::awaitable_operators;
        auto changes = ours.watch("shop/", {.prefix = true});
        co_await changes.ready();
        const mutex m{ours, "shop/till"};
        const mutex other{theirs, "shop/till"};
        auto held = co_await m.lock();
        auto elsewhere = theirs.watch("bank/", {.prefix = true});
        const auto [denied, event] = co_await elsewhere.next(asio::as_tuple(asio::use_awaitable));
        BOOST_TEST(denied == make_error_code(errc::permission_denied));
        const mutex vault{theirs, "bank/vault"};
        const auto [refused, none] = co_await vault.lock(asio::as_tuple(asio::use_awaitable));
        BOOST_TEST(refused == make_error_code(errc::permission_denied));

        const auto holders_key = held.key();
        auto holder = [&]() -> asio::awaitable<void> {
            co_await queue_reaches(ours, "shop/till", 2);
            co_await held.unlock();
        };
        auto waiter = [&]() -> asio::awaitable<void> {
            auto mine = co_await other.lock();
            BOOST_TEST(mine.held());
            co_await mine.unlock();
        };
        co_await (holder() && waiter());
        const auto seen = co_await changes.next();
        BOOST_TEST(seen.kv.key == holders_key);
    });
}

// Simple tokens are gone with the member that knew them.
BOOST_AUTO_TEST_CASE(a_restart_forgets_the_tokens_and_costs_no_lock)
{
    guarded_etcd etcd;
    asio::io_context io;
    const auto ours = etcd.connect(io);
    const auto theirs = etcd.connect(io);
    run(io, [&]() -> asio::awaitable<void> {
        using namespace asio::experimental::awaitable_operators;
        const mutex m{ours, "shop/till", {.ttl = 20s}};
        const mutex other{theirs, "shop/till", {.ttl = 20s}};
        auto held = co_await m.lock();
        auto holder = [&]() -> asio::awaitable<void> {
            co_await queue_reaches(ours, "shop/till", 2);
            etcd.server.kill();
            etcd.server.restart();
            co_await ours.put("shop/key", "value", 0, asio::use_awaitable);
            BOOST_TEST(held.held());
            co_await held.unlock();
        };
        auto waiter = [&]() -> asio::awaitable<void> {
            auto mine = co_await other.lock();
            BOOST_TEST(mine.held());
            co_await mine.unlock();
        };
        co_await (holder() && waiter());
    });
}

BOOST_AUTO_TEST_CASE(who_is_not_known_is_told_so)
{
    guarded_etcd etcd;
    asio::io_context io;
    const auto guesser = etcd.connect(io, "web", "guess");
    const auto stranger = etcd.connect(io, "stranger", "secret");
    const client nobody{io.get_executor(), at(etcd.server.endpoint())};
    run(io, [&]() -> asio::awaitable<void> {
        for (const auto& c : {guesser, stranger, nobody}) {
            diagnostics d;
            const mutex m{c, "shop/till"};
            const auto [ec, none] = co_await m.lock(asio::as_tuple(redirect_diagnostics(d)));
            BOOST_TEST(ec == make_error_code(errc::unauthenticated), ec.message() << ": " << d.message);
        }
    });
}

BOOST_AUTO_TEST_SUITE_END()
