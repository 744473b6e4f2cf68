// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <core/shared_text.hpp>

namespace leasehold {

/// The owner record of this process, as of now, as text: all calls of a second on one thread share it. From
/// any thread.
core::shared_text record_of_this_process();

}  // namespace leasehold
