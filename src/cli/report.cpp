// SPDX-License-Identifier: Apache-2.0
#include "report.hpp"

#include <view/text.hpp>

#include <leasehold/diagnostics.hpp>
#include <leasehold/errc.hpp>

#include <array>
#include <string_view>
#include <unistd.h>
#include <utility>

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

/// The library's names of what has another one here, those that begin alike in order of their length.
constexpr std::array<std::pair<std::string_view, std::string_view>, 14> our_names{{
    {"client_options::endpoints", "--endpoints"},
    {"client_options::connect_timeout", "--dial-timeout"},
    {"client_options::request_timeout", "--command-timeout"},
    {"client_options::keepalive_timeout", "--keepalive-timeout"},
    {"client_options::tls.ca_certificates", "--cacert"},
    {"client_options::tls.certificate", "--cert"},
    {"client_options::tls.private_key", "--key"},
    {"client_options::tls", "--cacert, --cert or --key"},
    {"client_options::user", "--user"},
    {"client_options::password", "--password"},
    {"locker_options::ttl", "--ttl"},
    {"without its private_key", "without --key"},
    {"without a certificate", "without --cert"},
    {" (for the name of a file, see leasehold::read_tls_files)", ""},
}};

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

failure explain(const std::invalid_argument& why)
{
    std::string text = why.what();
    for (const auto& [theirs, ours] : our_names)
        if (const auto at = text.find(theirs); at != std::string::npos)
            text.replace(at, theirs.size(), ours);
    return {exit_usage, text};
}

}  // namespace leasehold::cli
