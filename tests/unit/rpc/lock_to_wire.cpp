// SPDX-License-Identifier: Apache-2.0
// What the lock protocol sends on the fast way is, byte for byte, what core/lock_protocol.cpp says.
#include <boost/test/unit_test.hpp>

#include <convert.hpp>
#include <lock_to_wire.hpp>
#include <span>
#include <string>
#include <vector>

BOOST_AUTO_TEST_SUITE(rpc_lock_to_wire)

using namespace leasehold;
using kind = core::lock_request::kind;

namespace {

const auto place = core::lock_place::make("lock", 0x1234);
const auto other = core::lock_place::make("another/lock", 0x7fffffffffffffff);
const std::string value = "who has it";
const auto negative = core::lock_place::make("lock", -2);
const std::string empty;
const std::string large(100'000, 'x');

const std::vector<core::lock_request> all{
    {kind::enqueue, &place, &value},
    {kind::enqueue, &other, &empty},
    {kind::enqueue, &negative, &large},
    {kind::try_enqueue, &place, &value},
    {kind::try_enqueue, &other, &empty},
    {kind::enqueue_behind, &place, &value},
    {kind::enqueue_behind, &other, &empty},
    {kind::look_own, &place, nullptr},
    {kind::leave, &place, nullptr, 7},
    {kind::leave, &place, nullptr, 0},
    {kind::leave, &other, nullptr, 1'000'000'000'000},
};

std::string bytes(const transaction& from)
{
    etcdserverpb::TxnRequest to;
    rpc::to_proto(from, to);
    return to.SerializeAsString();
}

std::string bytes(std::span<const core::lock_request> from)
{
    rpc::wire_writer to;
    rpc::to_wire(from, to);
    const auto written = to.bytes();
    return {written.begin(), written.end()};
}

}  // namespace

BOOST_AUTO_TEST_CASE(one_is_sent_as_the_protocol_has_it)
{
    for (const auto& r : all)
        BOOST_TEST(bytes(std::span{&r, 1}) == bytes(core::to_transaction(r)));
}

BOOST_AUTO_TEST_CASE(several_are_the_operations_of_one)
{
    transaction outer;
    for (const auto& r : all)
        outer.then.emplace_back(core::to_transaction(r));
    BOOST_TEST(bytes(std::span{all}) == bytes(outer));
}

BOOST_AUTO_TEST_CASE(a_writer_begins_anew_each_time)
{
    rpc::wire_writer to;
    rpc::to_wire(all, to);
    for (int i = 0; i < 2; ++i) {
        rpc::to_wire(std::span{all}.first(1), to);
        BOOST_TEST(std::string(to.bytes().begin(), to.bytes().end()) == bytes(core::to_transaction(all[0])));
    }
}

BOOST_AUTO_TEST_SUITE_END()
