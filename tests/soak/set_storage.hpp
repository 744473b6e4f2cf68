// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <leasehold/fencing_token.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <thread>

namespace leasehold::test {

/**
 * \brief A set outside etcd that knows nothing of locks: a server on TCP that is read and written whole.
 *
 * A line `read REVISION SEQUENCE` is answered with `ok ELEMENT...`, and `write REVISION SEQUENCE ELEMENT...`
 * with `ok`. When it checks tokens, either is answered with `refused` once a larger token has been seen, at a
 * read or at a write: who reads in order to write must make himself known at the read, or somebody earlier
 * could still write in between.
 */
class set_storage {
public:
    explicit set_storage(bool checks_tokens);
    set_storage(const set_storage&) = delete;
    set_storage& operator=(const set_storage&) = delete;
    ~set_storage();

    std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

    /// Ends the server, and returns what it holds.
    std::set<std::string> close();

private:
    using tcp = boost::asio::ip::tcp;

    boost::asio::awaitable<void> accept();
    boost::asio::awaitable<void> serve(tcp::socket client);
    std::string answer(const std::string& line);

    boost::asio::io_context io_{1};
    tcp::acceptor acceptor_;
    bool checks_tokens_;
    fencing_token largest_;
    std::set<std::string> elements_;
    std::thread thread_;
};

}  // namespace leasehold::test
