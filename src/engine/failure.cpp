// SPDX-License-Identifier: Apache-2.0
#include <engine/failure.hpp>

namespace leasehold::engine {

namespace {

errc code_of(core::verdict v)
{
    switch (v) {
    case core::verdict::ok:
    case core::verdict::fatal:
        return errc::server_failure;
    case core::verdict::retry:
        return errc::unreachable;
    case core::verdict::back_off:
        return errc::overloaded;
    case core::verdict::ambiguous:
        return errc::outcome_unknown;
    case core::verdict::lease_gone:
        return errc::lease_not_found;
    case core::verdict::lease_exists:
        return errc::invalid_request;
    case core::verdict::compacted:
        return errc::compacted;
    case core::verdict::no_space:
        return errc::no_space;
    case core::verdict::unauthenticated:
        return errc::unauthenticated;
    case core::verdict::permission_denied:
        return errc::permission_denied;
    case core::verdict::invalid:
        return errc::invalid_request;
    }
    return errc::server_failure;
}

}  // namespace

failure make_failure(core::verdict v, const core::status& s, const std::string& what)
{
    return {make_error_code(code_of(v)), s.text.empty() ? what : what + ": " + s.text};
}

failure watch_refusal(const std::string& what, const std::string& reason)
{
    const auto access = core::access_of(reason);
    const auto code = access == core::access::permission_denied ? errc::permission_denied
                      : access == core::access::unauthenticated ? errc::unauthenticated
                                                                : errc::watch_cancelled;
    return {make_error_code(code), what + ": " + (reason.empty() ? "the server gave no reason" : reason)};
}

}  // namespace leasehold::engine
