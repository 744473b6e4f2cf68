// SPDX-License-Identifier: Apache-2.0
// examples/name_server: hosts publish, one dies, a resolver follows.
#include "coroutine.hpp"
#include "shared_etcd.hpp"

#include <csignal>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

BOOST_AUTO_TEST_SUITE(examples_name_server, *boost::unit_test::fixture<leasehold::test::shared_etcd>())

using namespace leasehold;
using namespace leasehold::test;

namespace {

child_process name_server(std::vector<std::string> arguments)
{
    const char* program = std::getenv("LEASEHOLD_EXAMPLE");
    BOOST_REQUIRE(program != nullptr);
    std::vector<std::string> command{program};
    command.insert(command.end(), arguments.begin(), arguments.end());
    command.insert(command.end(), {"--endpoints", etcd_endpoint()});
    return child_process{command};
}

child_process host(const std::string& name, const std::string& address)
{
    return name_server({"publish", "--name", name, "--address", address, "--ttl", "20"});
}

/// One whose end is soon noticed.
child_process mortal_host(const std::string& name, const std::string& address)
{
    return name_server({"publish", "--name", name, "--address", address, "--ttl", "2"});
}

void wait_for_queue(const std::string& name, std::size_t length)
{
    asio::io_context io;
    const client c{io.get_executor(), at(etcd_endpoint())};
    run(io, [&]() -> asio::awaitable<void> { co_await queue_reaches(c, "locker/" + name, length); });
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_killed_hosts_successor_appears_under_its_name)
{
    auto resolver = name_server({"resolve", "--name", "web"});
    BOOST_TEST(resolver.read_line().value() == "web is nowhere");
    auto first = mortal_host("web", "10.0.0.1:80");
    first.read_until("publishing");
    BOOST_TEST(resolver.read_line().value() == "web is at 10.0.0.1:80");
    auto second = host("web", "10.0.0.2:80");
    wait_for_queue("web", 2);

    first.kill();
    BOOST_TEST(resolver.read_line().value() == "web is at 10.0.0.2:80");
    second.read_until("publishing");

    // One that is asked to stop leaves nothing to be waited for.
    second.send_signal(SIGTERM);
    BOOST_TEST(resolver.read_line().value() == "web is nowhere");
    BOOST_TEST(second.wait() == 0);
}

BOOST_AUTO_TEST_CASE(a_killed_host_without_a_successor_disappears)
{
    auto resolver = name_server({"resolve", "--name", "alone"});
    auto only = mortal_host("alone", "10.0.0.1:80");
    resolver.read_until("alone is at 10.0.0.1:80");
    only.kill();
    BOOST_TEST(resolver.read_line().value() == "alone is nowhere");
}

BOOST_AUTO_TEST_CASE(a_host_that_is_stopped_past_its_time_to_live_comes_back_behind_its_successor)
{
    auto resolver = name_server({"resolve", "--name", "stopped"});
    auto first = mortal_host("stopped", "10.0.0.1:80");
    resolver.read_until("stopped is at 10.0.0.1:80");
    auto second = host("stopped", "10.0.0.2:80");
    wait_for_queue("stopped", 2);
    first.send_signal(SIGSTOP);
    BOOST_TEST(resolver.read_line().value() == "stopped is at 10.0.0.2:80");
    first.send_signal(SIGCONT);
    first.read_until("trying again");
    wait_for_queue("stopped", 2);
    second.send_signal(SIGTERM);
    BOOST_TEST(resolver.read_line().value() == "stopped is at 10.0.0.1:80");
}

BOOST_AUTO_TEST_CASE(a_resolver_follows_all_names_of_a_prefix)
{
    auto a = mortal_host("eu/a", "10.0.0.1:80");
    a.read_until("publishing");
    auto elsewhere = host("us/a", "10.0.1.1:80");
    elsewhere.read_until("publishing");
    auto resolver = name_server({"resolve", "--prefix", "eu/"});
    BOOST_TEST(resolver.read_line().value() == "eu/a is at 10.0.0.1:80");
    auto b = host("eu/b", "10.0.0.2:80");
    BOOST_TEST(resolver.read_line().value() == "eu/b is at 10.0.0.2:80");
    a.kill();
    BOOST_TEST(resolver.read_line().value() == "eu/a is nowhere");
}

BOOST_AUTO_TEST_SUITE_END()
