// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <core/status.hpp>

namespace leasehold::memory {

/// How a request ended; `response` is meaningful only when the status is ok.
template <class Response>
struct reply {
    core::status status;
    Response response{};
};

/// etcd's errors, in its own words (etcd.md §5.6; etcd's api/v3rpc/rpctypes/error.go).
namespace refusal {
inline core::status compacted()
{
    return {core::status_code::out_of_range, "etcdserver: mvcc: required revision has been compacted"};
}
inline core::status future_revision()
{
    return {core::status_code::out_of_range, "etcdserver: mvcc: required revision is a future revision"};
}
inline core::status empty_key()
{
    return {core::status_code::invalid_argument, "etcdserver: key is not provided"};
}
inline core::status duplicate_key()
{
    return {core::status_code::invalid_argument, "etcdserver: duplicate key given in txn request"};
}
inline core::status too_many_operations()
{
    return {core::status_code::invalid_argument, "etcdserver: too many operations in txn request"};
}
inline core::status too_large()
{
    return {core::status_code::invalid_argument, "etcdserver: request is too large"};
}
inline core::status lease_not_found()
{
    return {core::status_code::not_found, "etcdserver: requested lease not found"};
}
inline core::status lease_exists()
{
    return {core::status_code::failed_precondition, "etcdserver: lease already exists"};
}
inline core::status authentication_failed()
{
    return {core::status_code::invalid_argument,
            "etcdserver: authentication failed, invalid user ID or password"};
}
inline core::status authentication_not_enabled()
{
    return {core::status_code::failed_precondition, "etcdserver: authentication is not enabled"};
}
inline core::status invalid_token()
{
    return {core::status_code::unauthenticated, "etcdserver: invalid auth token"};
}
inline core::status no_user()
{
    return {core::status_code::invalid_argument, "etcdserver: user name is empty"};
}
inline core::status lease_ttl_too_large()
{
    return {core::status_code::out_of_range, "etcdserver: too large lease TTL"};
}
}  // namespace refusal

}  // namespace leasehold::memory
