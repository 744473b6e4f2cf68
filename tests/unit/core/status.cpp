// SPDX-License-Identifier: Apache-2.0
// The texts are those of etcd's api/v3rpc/rpctypes/error.go and of gRPC's core.
#include <core/status.hpp>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <ostream>
#include <vector>

namespace leasehold::core {

std::ostream& operator<<(std::ostream& out, verdict v)
{
    static constexpr std::array<const char*, 12> names{
        "ok",        "retry",    "back_off",        "ambiguous",         "lease_gone", "lease_exists",
        "compacted", "no_space", "unauthenticated", "permission_denied", "invalid",    "fatal"};
    return out << names.at(static_cast<std::size_t>(v));
}

}  // namespace leasehold::core

BOOST_AUTO_TEST_SUITE(core_status)

using namespace leasehold::core;
namespace data = boost::unit_test::data;

namespace {

struct row {
    status_code code;
    const char* text;
    verdict expected;

    friend std::ostream& operator<<(std::ostream& out, const row& r)
    {
        return out << "code " << static_cast<int>(r.code) << " \"" << r.text << '"';
    }
};

using enum status_code;

const std::vector<row> certainly_without_effect{
    {unavailable, "etcdserver: no leader", verdict::retry},
    {failed_precondition, "etcdserver: not leader", verdict::retry},
    {unavailable, "etcdserver: leader changed", verdict::retry},
    {unavailable, "etcdserver: request timed out, waiting for the applied index took too long",
     verdict::retry},
    {unavailable, "etcdserver: unhealthy cluster", verdict::retry},
    {failed_precondition, "etcdserver: rpc not supported for learner", verdict::retry},
    {unknown, "lease: not a primary lessor", verdict::retry},
    {unknown, "raft: stopped", verdict::retry},
    {unknown, "etcdserver: too many requests", verdict::back_off},
    {resource_exhausted, "etcdserver: too many requests", verdict::back_off},
};

const std::vector<row> perhaps_with_an_effect{
    {unavailable, "etcdserver: request timed out", verdict::ambiguous},
    {unavailable, "etcdserver: request timed out, possibly due to previous leader failure",
     verdict::ambiguous},
    {unavailable, "etcdserver: request timed out, possibly due to connection lost", verdict::ambiguous},
    {unavailable, "etcdserver: server stopped", verdict::ambiguous},
    {unavailable, "Socket closed", verdict::ambiguous},
    {unavailable, "", verdict::ambiguous},
    {internal, "Received RST_STREAM with error code 2", verdict::ambiguous},
    {cancelled, "CANCELLED", verdict::ambiguous},
    {deadline_exceeded, "Deadline Exceeded", verdict::ambiguous},
    {aborted, "", verdict::ambiguous},
    {unknown, "Stream removed", verdict::ambiguous},
    {unknown, "", verdict::ambiguous},
};

const std::vector<row> answered{
    {ok, "", verdict::ok},
    {resource_exhausted, "etcdserver: mvcc: database space exceeded", verdict::no_space},
    {invalid_argument, "etcdserver: request is too large", verdict::invalid},
    {invalid_argument, "etcdserver: too many operations in txn request", verdict::invalid},
    {invalid_argument, "etcdserver: duplicate key given in txn request", verdict::invalid},
    {resource_exhausted, "Sent message larger than max (9 vs. 4)", verdict::invalid},
    {not_found, "etcdserver: requested lease not found", verdict::lease_gone},
    {unknown, "etcdserver: requested lease not found", verdict::lease_gone},
    {not_found, "etcdserver: member not found", verdict::invalid},
    {failed_precondition, "etcdserver: lease already exists", verdict::lease_exists},
    {failed_precondition, "etcdserver: something new", verdict::invalid},
    {out_of_range, "etcdserver: mvcc: required revision has been compacted", verdict::compacted},
    {out_of_range, "etcdserver: mvcc: required revision is a future revision", verdict::invalid},
    {unauthenticated, "etcdserver: invalid auth token", verdict::unauthenticated},
    {invalid_argument, "etcdserver: revision of auth store is old", verdict::unauthenticated},
    {invalid_argument, "etcdserver: user name is empty", verdict::unauthenticated},
    {invalid_argument, "etcdserver: authentication failed, invalid user ID or password",
     verdict::unauthenticated},
    {unknown, "etcdserver: authentication failed, password was given for no password user",
     verdict::unauthenticated},
    {failed_precondition, "etcdserver: authentication is not enabled", verdict::unauthenticated},
    {permission_denied, "etcdserver: permission denied", verdict::permission_denied},
    {data_loss, "etcdserver: corrupt cluster", verdict::fatal},
    {unimplemented, "unknown service etcdserverpb.KV", verdict::fatal},
};

verdict classified(const row& r)
{
    return classify({r.code, r.text, true});
}

}  // namespace

BOOST_DATA_TEST_CASE(what_certainly_had_no_effect_may_be_repeated, data::make(certainly_without_effect))
{
    BOOST_TEST(classified(sample) == sample.expected);
}

BOOST_DATA_TEST_CASE(what_may_have_had_an_effect_is_ambiguous, data::make(perhaps_with_an_effect))
{
    BOOST_TEST(classified(sample) == sample.expected);
}

BOOST_DATA_TEST_CASE(an_answer_of_the_server_is_told_by_its_cause, data::make(answered))
{
    BOOST_TEST(classified(sample) == sample.expected);
}

BOOST_AUTO_TEST_CASE(what_was_never_sent_may_be_repeated)
{
    for (const auto code : {unavailable, cancelled, deadline_exceeded, internal, aborted})
        BOOST_TEST(classify({code, "failed to connect to all addresses", false}) == verdict::retry);
}

BOOST_AUTO_TEST_CASE(only_the_code_ok_is_ok)
{
    BOOST_TEST(status{}.ok());
    for (int code = 1; code <= 16; ++code)
        BOOST_TEST((!status{static_cast<status_code>(code), {}, true}.ok() &&
                    classify({static_cast<status_code>(code), {}, true}) != verdict::ok));
}

BOOST_AUTO_TEST_SUITE_END()
