// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "wire_writer.hpp"

#include <core/lock_protocol.hpp>

#include <span>

namespace leasehold::rpc {

/// A TxnRequest's bytes: as core::to_transaction() has it; several as the operations of one. In place of what
/// the writer had.
void to_wire(std::span<const core::lock_request> from, wire_writer& to);

}  // namespace leasehold::rpc
