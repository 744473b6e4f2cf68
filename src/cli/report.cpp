// SPDX-License-Identifier: Apache-2.0
#include "report.hpp"

#include <view/text.hpp>

#include <leasehold/diagnostics.hpp>
#include <leasehold/errc.hpp>

#include <string_view>
#include <unistd.h>

namespace leasehold::cli {

namespace {

struct meaning {
    int code;
    std::string_view advice;
};

meaning meaning_of(const error_code& ec)
{
    if (ec.category() != error_category())
        return {exit_lost, {}};
    switch (static_cast<errc>(ec.value())) {
    case errc::invalid_name:
    case errc::invalid_ttl:
    case errc::invalid_option:
    case errc::invalid_request:
        return {exit_usage, {}};
    case errc::unreachable:
    case errc::outcome_unknown:
        return {exit_unavailable, "is etcd running, and are --endpoints (or ETCDCTL_ENDPOINTS) right?"};
    case errc::session_lost:
    case errc::session_closed:
    case errc::lease_not_found:
        return {exit_unavailable, "etcd did not answer within --ttl, or somebody revoked the lease"};
    case errc::key_deleted:
        return {exit_lost, "somebody deleted our key in the lock's queue, or revoked its lease; try again"};
    case errc::no_space:
        return {exit_unavailable, "see `etcdctl alarm list`, and compact and defragment etcd"};
    case errc::overloaded:
    case errc::server_failure:
        return {exit_unavailable, "see the logs of etcd"};
    case errc::unauthenticated:
        return {exit_no_permission,
                "are --user and --password (or ETCDCTL_USER and ETCDCTL_PASSWORD) right?"};
    case errc::permission_denied:
        return {exit_no_permission, "the lock's keys must be readable and writable"};
    default:
        return {exit_lost, {}};
    }
}

/// `what()`, of which nothing is lost behind a zero byte in somebody's key.
std::string text_of(const boost::system::system_error& e)
{
    const auto* own = dynamic_cast<const error*>(&e);
    return escape(own ? own->get_diagnostics().message + ": " + e.code().what() : e.what());
}

}  // namespace

void complain(const std::string& message)
{
    // The library says its name too.
    constexpr std::string_view name = "leasehold: ";
    const std::string line = (message.starts_with(name) ? message : std::string{name} + message) + '\n';
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
}

failure explain(const boost::system::system_error& why, const std::string& doing)
{
    const meaning m = meaning_of(why.code());
    if (m.code == exit_usage)
        return {m.code, text_of(why)};  // nothing was tried
    std::string text = "cannot " + doing + ": " + text_of(why);
    if (!m.advice.empty())
        text.append("; ").append(m.advice);
    return {m.code, text};
}

}  // namespace leasehold::cli
