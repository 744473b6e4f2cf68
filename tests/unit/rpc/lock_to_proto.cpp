// SPDX-License-Identifier: Apache-2.0
// What the lock protocol sends on the fast way is, byte for byte, what core/lock_protocol.cpp says.
#include <boost/test/unit_test.hpp>

#include <convert.hpp>
#include <span>
#include <string>
#include <vector>

BOOST_AUTO_TEST_SUITE(rpc_lock_to_proto)

using namespace leasehold;
using kind = core::lock_request::kind;

namespace {

const auto place = core::lock_place::make("lock", 0x1234);
const auto other = core::lock_place::make("another/lock", 0x7fffffffffffffff);
const std::string value = "who has it";
const std::string empty;

const std::vector<core::lock_request> all{
    {kind::enqueue, &place, &value},
    {kind::enqueue, &other, &empty},
    {kind::try_enqueue, &place, &value},
    {kind::try_enqueue, &other, &empty},
    {kind::look_own, &place, nullptr},
    {kind::leave, &place, nullptr, 7},
    {kind::leave, &other, nullptr, 1'000'000'000'000},
};

template <class From>
std::string bytes(const From& from)
{
    etcdserverpb::TxnRequest to;
    rpc::to_proto(from, to);
    return to.SerializeAsString();
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

BOOST_AUTO_TEST_SUITE_END()
