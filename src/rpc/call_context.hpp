// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <core/status.hpp>

#include <leasehold/boot_clock.hpp>

#include <grpcpp/client_context.h>
#include <grpcpp/support/status.h>

#include <string>

namespace leasehold::rpc {

/// What every call's context gets.
void prepare(grpc::ClientContext& context);

/// An empty token is none.
void authorize(grpc::ClientContext& context, const std::string& token);

void set_deadline(grpc::ClientContext& context, boot_clock::time_point deadline);

/// Makes a member that has lost its leader end the stream (etcd.md §5.4).
void require_leader(grpc::ClientContext& context);

core::status to_status(const grpc::Status& s);

/// Of a status that was never sent: gRPC's words for what went wrong at last.
std::string why_not_connected(const core::status& s);

/// `when` on a clock that gRPC knows. That clock stops while the machine sleeps.
gpr_timespec to_grpc_time(boot_clock::time_point when);

}  // namespace leasehold::rpc
