// SPDX-License-Identifier: Apache-2.0
#include <core/status.hpp>

namespace leasehold::core {

namespace {

bool mentions(const status& s, std::string_view words)
{
    return s.text.find(words) != std::string::npos;
}

// etcd maps a few of its errors to no code of their own: they arrive as Unknown.
verdict classify_unknown(const status& s)
{
    if (mentions(s, "too many requests"))
        return verdict::back_off;
    if (mentions(s, "not a primary lessor") || mentions(s, "lease stream") || mentions(s, "raft: stopped"))
        return verdict::retry;
    if (mentions(s, "requested lease not found"))
        return verdict::lease_gone;
    if (mentions(s, "authentication failed"))
        return verdict::unauthenticated;
    return verdict::ambiguous;
}

verdict classify_unavailable(const status& s)
{
    if (!s.sent || mentions(s, "no leader") || mentions(s, "leader changed") ||
        mentions(s, "waiting for the applied index") || mentions(s, "unhealthy cluster"))
        return verdict::retry;
    return verdict::ambiguous;
}

verdict classify_precondition(const status& s)
{
    if (mentions(s, "lease already exists"))
        return verdict::lease_exists;
    if (mentions(s, "not leader") || mentions(s, "not supported for learner"))
        return verdict::retry;
    if (mentions(s, "authentication is not enabled"))
        return verdict::unauthenticated;
    return verdict::invalid;
}

verdict classify_argument(const status& s)
{
    if (mentions(s, "revision of auth store is old") || mentions(s, "user name is empty") ||
        mentions(s, "authentication failed"))
        return verdict::unauthenticated;
    return verdict::invalid;
}

}  // namespace

access access_of(std::string_view reason)
{
    if (reason.find("permission denied") != reason.npos)
        return access::permission_denied;
    for (const std::string_view words :
         {"invalid auth token", "revision of auth store is old", "user name is empty"})
        if (reason.find(words) != reason.npos)
            return access::unauthenticated;
    return access::granted;
}

verdict classify(const status& s)
{
    switch (s.code) {
    case status_code::ok:
        return verdict::ok;
    case status_code::unavailable:
        return classify_unavailable(s);
    case status_code::unknown:
        return classify_unknown(s);
    case status_code::failed_precondition:
        return classify_precondition(s);
    case status_code::invalid_argument:
        return classify_argument(s);
    case status_code::resource_exhausted:
        return mentions(s, "space exceeded")      ? verdict::no_space
               : mentions(s, "too many requests") ? verdict::back_off
                                                  : verdict::invalid;
    case status_code::not_found:
        return mentions(s, "lease") ? verdict::lease_gone : verdict::invalid;
    case status_code::out_of_range:
        return mentions(s, "compacted") ? verdict::compacted : verdict::invalid;
    case status_code::unauthenticated:
        return verdict::unauthenticated;
    case status_code::permission_denied:
        return verdict::permission_denied;
    case status_code::data_loss:
    case status_code::unimplemented:
        return verdict::fatal;
    case status_code::cancelled:
    case status_code::deadline_exceeded:
    case status_code::internal:
    case status_code::aborted:
    case status_code::already_exists:
        break;
    }
    return s.sent ? verdict::ambiguous : verdict::retry;
}

}  // namespace leasehold::core
