// SPDX-License-Identifier: Apache-2.0
// Coroutines of the command on an etcd in memory.
#pragma once

#include "../engine/world.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>

#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace leasehold::cli::test {

using leasehold::test::world;

/// How a coroutine has ended, once it has.
template <class T>
struct end_of {
    bool ended = false;
    std::exception_ptr failure;
    std::optional<T> value;
};

template <class T>
std::shared_ptr<end_of<T>> begin(world& w, asio::awaitable<T> coroutine)
{
    auto end = std::make_shared<end_of<T>>();
    asio::co_spawn(w.io, std::move(coroutine), [end](std::exception_ptr e, T value) {
        end->ended = true;
        end->failure = std::move(e);
        end->value = std::move(value);
    });
    return end;
}

template <class T>
T finish(world& w, const std::shared_ptr<end_of<T>>& end)
{
    BOOST_TEST_REQUIRE(w.run_until([&] { return end->ended; }), "the coroutine never ended");
    if (end->failure)
        std::rethrow_exception(end->failure);
    return *std::move(end->value);
}

template <class T>
T run(world& w, asio::awaitable<T> coroutine)
{
    return finish(w, begin(w, std::move(coroutine)));
}

inline lease_id grant(world& w, const client& c, std::chrono::seconds ttl = std::chrono::hours{1})
{
    auto granted = w.start<lease_info>([&](auto h) { c.grant_lease(ttl, std::move(h)); });
    BOOST_TEST_REQUIRE(w.finish(granted));
    BOOST_TEST_REQUIRE(granted.ok());
    return granted.value().lease;
}

}  // namespace leasehold::cli::test
