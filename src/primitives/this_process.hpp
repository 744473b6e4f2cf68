// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <core/shared_text.hpp>

namespace leasehold {

/// The owner record of this process, as text. Read once, and again in a forked child. From any thread.
core::shared_text record_of_this_process();

}  // namespace leasehold
