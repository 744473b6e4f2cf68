// SPDX-License-Identifier: Apache-2.0
#include "set_storage.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <sstream>
#include <utility>

namespace leasehold::test {

namespace asio = boost::asio;

namespace {
constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
}

set_storage::set_storage(bool checks_tokens)
    : acceptor_{io_, {asio::ip::address_v4::loopback(), 0}}, checks_tokens_{checks_tokens}
{
    asio::co_spawn(io_, accept(), asio::detached);
    thread_ = std::thread{[this] { io_.run(); }};
}

set_storage::~set_storage()
{
    close();
}

std::set<std::string> set_storage::close()
{
    io_.stop();
    if (thread_.joinable())
        thread_.join();
    return elements_;
}

asio::awaitable<void> set_storage::accept()
{
    while (true) {
        auto [ec, client] = co_await acceptor_.async_accept(as_result);
        if (!ec)
            asio::co_spawn(io_, serve(std::move(client)), asio::detached);
    }
}

asio::awaitable<void> set_storage::serve(tcp::socket client)
{
    std::string received;
    while (true) {
        auto into = asio::dynamic_buffer(received);
        const auto [ec, size] = co_await asio::async_read_until(client, into, '\n', as_result);
        if (ec)
            co_return;
        const auto reply = answer(received.substr(0, size - 1)) + '\n';
        received.erase(0, size);
        const auto all = asio::buffer(reply);
        const auto [failed, sent] = co_await asio::async_write(client, all, as_result);
        if (failed)
            co_return;
    }
}

std::string set_storage::answer(const std::string& line)
{
    std::istringstream words{line};
    std::string verb;
    fencing_token token;
    words >> verb >> token.revision >> token.sequence;
    if (checks_tokens_ && token < largest_)
        return "refused";
    largest_ = std::max(largest_, token);
    std::string reply = "ok";
    if (verb == "read") {
        for (const auto& e : elements_)
            reply += ' ' + e;
        return reply;
    }
    elements_.clear();
    for (std::string e; words >> e;)
        elements_.insert(e);
    return reply;
}

}  // namespace leasehold::test
