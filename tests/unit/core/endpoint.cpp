// SPDX-License-Identifier: Apache-2.0
#include <core/endpoint.hpp>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>
#include <stdexcept>
#include <string>
#include <vector>

BOOST_AUTO_TEST_SUITE(core_endpoint)

using namespace leasehold::core;
namespace data = boost::unit_test::data;

namespace {

struct good {
    const char* text;
    const char* target;
    bool secure;

    friend std::ostream& operator<<(std::ostream& out, const good& g) { return out << g.text; }
};

const std::vector<good> good_ones{
    {"127.0.0.1:2379", "127.0.0.1:2379", false},
    {"http://127.0.0.1:2379", "127.0.0.1:2379", false},
    {"http://127.0.0.1:2379/", "127.0.0.1:2379", false},
    {"https://etcd-0.etcd.svc:2379", "etcd-0.etcd.svc:2379", true},
    {"localhost:1", "localhost:1", false},
    {"etcd_1:65535", "etcd_1:65535", false},
    {"[::1]:2379", "[::1]:2379", false},
    {"https://[2001:db8::7]:2379", "[2001:db8::7]:2379", true},
    {"unix:/run/etcd.sock", "unix:/run/etcd.sock", false},
    {"unix:///run/etcd.sock", "unix:/run/etcd.sock", false},
    {"unix:////run/etcd.sock", "unix:/run/etcd.sock", false},
    {"unix:relative/etcd.sock", "unix:relative/etcd.sock", false},
};

struct bad {
    const char* text;
    const char* why;

    friend std::ostream& operator<<(std::ostream& out, const bad& b) { return out << '"' << b.text << '"'; }
};

const std::vector<bad> bad_ones{
    {"", "empty"},
    {"http://", "no port"},
    {"https:///", "no port"},
    {"localhost", "no port"},
    {"localhost:", "no port"},
    {"[::1]", "no port"},
    {":2379", "no host"},
    {"http://:2379", "no host"},
    {"[]:2379", "no host"},
    {"localhost:0", "port"},
    {"localhost:65536", "port"},
    {"localhost:99999999999999999999", "port"},
    {"localhost:-1", "port"},
    {"localhost:+80", "port"},
    {"localhost:23x", "port"},
    {"localhost:0x50", "port"},
    {"localhost:2379 ", "port"},
    {"localhost:2379/path", "port"},
    {"localhost:2379//", "port"},
    {"::1:2379", "IPv6"},
    {"2001:db8::7:2379", "IPv6"},
    {"[::1:2379", "unclosed ["},
    {"[::1]x:2379", "unclosed ["},
    {"[::1]]:2379", "character"},
    {"[[::1]:2379", "character"},
    {"::1]:2379", "IPv6"},
    {"local]host:2379", "character"},
    {"ftp://localhost:2379", "scheme"},
    {"HTTP://localhost:2379", "scheme"},
    {"http://http://localhost:2379", "scheme"},
    {"dns:///localhost:2379", "scheme"},
    {"user@localhost:2379", "character"},
    {" localhost:2379", "character"},
    {"local host:2379", "character"},
    {"localhost/path:2379", "character"},
    {"a:2379,b:2379", "IPv6"},
    {"a,b:2379", "character"},
    {"localhost?x:2379", "character"},
    {"local\thost:2379", "character"},
    {"unix:", "no path"},
    {"unix://", "no path"},
};

}  // namespace

BOOST_DATA_TEST_CASE(endpoints_are_understood, data::make(good_ones))
{
    const auto parsed = parse_endpoint(sample.text);
    BOOST_TEST(parsed.target == sample.target);
    BOOST_TEST(parsed.secure == sample.secure);
}

BOOST_DATA_TEST_CASE(malformed_endpoints_are_named_with_what_is_wrong, data::make(bad_ones))
{
    BOOST_CHECK_EXCEPTION(parse_endpoint(sample.text), std::invalid_argument, [&](const std::exception& e) {
        const std::string message = e.what();
        BOOST_TEST_INFO(message);
        const bool named = message.find('"' + std::string{sample.text} + '"') != message.npos;
        const bool explained = message.find(sample.why) != message.npos;
        BOOST_TEST(explained);
        return named && explained;
    });
}

BOOST_AUTO_TEST_SUITE_END()
