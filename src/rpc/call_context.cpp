// SPDX-License-Identifier: Apache-2.0
#include "call_context.hpp"

#include <grpc/support/time.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace leasehold::rpc {
namespace {

/// The beginnings of what gRPC says when a call never got a connection: the load
/// balancing policies' and the resolver's words in 1.51 and in 1.60 and later.
bool never_connected(const grpc::Status& s)
{
    constexpr std::array<std::string_view, 5> beginnings{
        "failed to connect to all addresses", "connections to all backends failing", "empty address list",
        "DNS resolution failed", "errors resolving "};
    return s.error_code() == grpc::StatusCode::UNAVAILABLE &&
           std::ranges::any_of(beginnings,
                               [&](std::string_view b) { return s.error_message().starts_with(b); });
}

}  // namespace

void prepare(grpc::ClientContext& context)
{
    context.set_wait_for_ready(false);
}

void authorize(grpc::ClientContext& context, const std::string& token)
{
    if (!token.empty())
        context.AddMetadata("token", token);
}

void set_deadline(grpc::ClientContext& context, boot_clock::time_point deadline)
{
    if (deadline != boot_clock::time_point::max())
        context.set_deadline(to_grpc_time(deadline));
}

void require_leader(grpc::ClientContext& context)
{
    context.AddMetadata("hasleader", "true");
}

core::status to_status(const grpc::Status& s)
{
    if (s.ok())
        return {};
    const auto code = static_cast<unsigned>(s.error_code());
    constexpr auto last = static_cast<unsigned>(core::status_code::unauthenticated);
    return {code <= last ? static_cast<core::status_code>(code) : core::status_code::unknown,
            s.error_message(), !never_connected(s)};
}

std::string why_not_connected(const core::status& s)
{
    // With TLS, that is what becomes of material that OpenSSL cannot read.
    if (s.text.starts_with("empty address list"))
        return "no address is known, or a certificate or key cannot be used";
    constexpr std::string_view last = "last error: ";
    const auto at = s.text.rfind(last);
    std::string why = at == s.text.npos ? s.text : s.text.substr(at + last.size());
    if (why.starts_with("UNKNOWN: "))
        why.erase(0, why.find(' ') + 1);
    return why;
}

gpr_timespec to_grpc_time(boot_clock::time_point when)
{
    // However long past, not so far that the subtraction overflows.
    const boot_clock::time_point now = boot_clock::now();
    const std::chrono::nanoseconds left = std::max(when, now - std::chrono::seconds{1}) - now;
    return gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_nanos(left.count(), GPR_TIMESPAN));
}

}  // namespace leasehold::rpc
