// SPDX-License-Identifier: Apache-2.0
// examples/health_mesh: who is called, who is not, and what comes back.
#include "coroutine.hpp"
#include "fault_proxy.hpp"
#include "shared_etcd.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <cstddef>
#include <cstdlib>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

BOOST_AUTO_TEST_SUITE(examples_health_mesh, *boost::unit_test::fixture<leasehold::test::shared_etcd>())

using namespace leasehold;
using namespace leasehold::test;

namespace {

/// A service of the mesh, as a process.
struct plan {
    std::string name;
    std::string needs{};
    bool cascade = false;
    std::string endpoint = etcd_endpoint();
};

child_process service(const plan& p)
{
    const char* program = std::getenv("LEASEHOLD_EXAMPLE");
    BOOST_REQUIRE(program != nullptr);
    return child_process{{program, "--name", p.name, "--needs", p.needs, "--cascade",
                          p.cascade ? "yes" : "no", "--endpoints", p.endpoint, "--ttl", "2"}};
}

/// Reads until there was a line for each of these beginnings, in whatever order.
void read_until_all(child_process& from, std::vector<std::string> starts)
{
    while (!starts.empty()) {
        const auto line = from.read_line(millis{60'000});
        BOOST_REQUIRE(line.has_value());
        std::erase_if(starts, [&](const auto& start) { return line->starts_with(start); });
    }
}

/// Something that calls itself a service, and counts the calls.
class decoy {
public:
    explicit decoy(std::string key) : key_{std::move(key)} { acceptor_.non_blocking(true); }

    void appear()
    {
        std::ostringstream address;
        address << acceptor_.local_endpoint();
        etcd([&](client c) -> asio::awaitable<void> { co_await c.put(key_, address.str()); });
    }
    void vanish()
    {
        etcd([&](client c) -> asio::awaitable<void> { co_await c.remove(key_); });
    }

    /// Calls since the last time. A call that has been begun is here: the kernel answers for us.
    std::size_t calls()
    {
        std::size_t count = 0;
        for (error_code ec; !ec; ++count)
            acceptor_.accept(ec);
        return count - 1;
    }

private:
    template <class Work>
    void etcd(Work work)
    {
        asio::io_context io;
        const client c{io.get_executor(), at(etcd_endpoint())};
        run(io, [&]() -> asio::awaitable<void> { co_await work(c); });
    }

    std::string key_;
    asio::io_context io_;
    asio::ip::tcp::acceptor acceptor_{io_, {asio::ip::address_v4::loopback(), 0}};
};

}  // namespace

BOOST_AUTO_TEST_CASE(services_that_watch_each_other_hear_of_a_death_and_of_a_return)
{
    auto a = service({.name = "pair-a", .needs = "pair-b"});
    a.read_until("pair-b is missing");
    auto b = service({.name = "pair-b", .needs = "pair-a"});
    a.read_until("pair-b answers");
    b.read_until("pair-a answers");
    b.kill();
    a.read_until("pair-b does not answer");
    a.read_until("pair-b is missing");
    b = service({.name = "pair-b", .needs = "pair-a"});
    a.read_until("pair-b is at ");
    a.read_until("pair-b answers");
    b.read_until("pair-a answers");
}

BOOST_AUTO_TEST_CASE(a_service_that_has_gone_is_not_called)
{
    decoy gone{"mesh/called-b/1"};
    gone.appear();
    auto a = service({.name = "called-a", .needs = "called-b,called-c"});
    a.read_until("called-b does not answer");
    BOOST_TEST(gone.calls() > 0u);
    gone.vanish();
    a.read_until("called-b is missing");
    gone.calls();
    // While others are called.
    auto c = service({.name = "called-c"});
    a.read_until("called-c answers");
    c.kill();
    a.read_until("called-c does not answer");
    a.read_until("called-c is missing");
    BOOST_TEST(gone.calls() == 0u);
    // Back again, it is called again.
    gone.appear();
    a.read_until("called-b does not answer");
    BOOST_TEST(gone.calls() > 0u);
}

BOOST_AUTO_TEST_CASE(a_death_cascades_to_those_who_asked_for_it_and_so_does_the_return)
{
    auto c = service({.name = "row-c"});
    auto b = service({.name = "row-b", .needs = "row-c", .cascade = true});
    auto a = service({.name = "row-a", .needs = "row-b", .cascade = true});
    auto bystander = service({.name = "row-x", .needs = "row-b"});
    a.read_until("in the mesh");
    bystander.read_until("row-b answers");
    c.kill();
    b.read_until("withdrawing: row-c is missing");
    a.read_until("withdrawing: row-b is missing");
    bystander.read_until("row-b is missing");
    // Who did not ask for it stays.
    auto other = service({.name = "row-y", .needs = "row-x"});
    other.read_until("row-x answers");
    c = service({.name = "row-c"});
    b.read_until("in the mesh");
    a.read_until("in the mesh");
    bystander.read_until("row-b answers");
}

BOOST_AUTO_TEST_CASE(everything_recovers_when_the_link_does)
{
    fault_proxy link{shared_etcd::server->port()};
    auto c = service({.name = "link-c", .endpoint = link.endpoint()});
    auto b = service({.name = "link-b", .needs = "link-c", .cascade = true});
    auto a = service({.name = "link-a", .needs = "link-b", .cascade = true});
    a.read_until("in the mesh");
    link.cut();
    c.read_until("out of the mesh");
    b.read_until("withdrawing: link-c is missing");
    a.read_until("withdrawing: link-b is missing");
    link.heal();
    read_until_all(c, {"in the mesh"});
    read_until_all(b, {"in the mesh", "link-c answers"});
    read_until_all(a, {"in the mesh", "link-b answers"});
}

BOOST_AUTO_TEST_SUITE_END()
