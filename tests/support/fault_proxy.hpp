// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fault_pipe.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace leasehold::test {

enum class direction { to_server, to_client };

/**
 * \brief A TCP proxy before one server on this machine, with faults per direction.
 *
 * It runs on a thread of its own, so a test may block its own threads, or the program under test all of its,
 * while bytes are delayed or held. A fault is in force, for the connections that exist and for new ones, when
 * the function that sets it returns. While the server does not listen, clients are reset.
 *
 * \par Thread-safety
 * All members may be called from any thread but the proxy's own.
 */
class fault_proxy {
public:
    /// Says which client a connection between these ports belongs to, or nothing while it cannot tell; then
    /// it is asked again for a moment, before a byte is passed on. Runs on the proxy's thread.
    using classifier = std::function<std::optional<int>(std::uint16_t client_port, std::uint16_t proxy_port)>;

    explicit fault_proxy(std::uint16_t server_port, classifier which_client = {});
    fault_proxy(const fault_proxy&) = delete;
    fault_proxy& operator=(const fault_proxy&) = delete;
    ~fault_proxy();

    std::uint16_t port() const noexcept { return port_; }
    /// `http://127.0.0.1:PORT`
    std::string endpoint() const;

    void set(direction way, const fault& f);
    /// For one client's connections alone, in place of what is set for all.
    void set(int client, direction way, const fault& f);
    /// Both directions silent for everybody: as if the network were cut.
    void cut();
    /// Takes every fault back, those of single clients too.
    void heal();
    /// Resets both ends of every connection there is, once; clients may connect again.
    void reset_connections();

    /// Connections open at this moment.
    std::size_t connections();

private:
    using tcp = boost::asio::ip::tcp;
    struct connection;

    boost::asio::awaitable<void> accept();
    boost::asio::awaitable<void> serve(std::shared_ptr<connection> c);
    boost::asio::awaitable<bool> identify(connection& c);
    fault fault_for(int client, direction way) const;
    void apply();
    /// Runs `action` on the proxy's thread, to its end.
    void there(const std::function<void()>& action);
    std::vector<std::shared_ptr<connection>> live();

    boost::asio::io_context io_{1};
    tcp::acceptor acceptor_;
    std::uint16_t port_;
    std::uint16_t server_port_;
    classifier which_client_;
    std::array<fault, 2> for_all_;
    std::map<std::pair<int, direction>, fault> for_one_;
    std::vector<std::weak_ptr<connection>> connections_;
    std::thread thread_;
};

}  // namespace leasehold::test
