// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace leasehold {

/// The owner record of this process, as text. Read once, and again in a forked child. From any thread.
std::string record_of_this_process();

}  // namespace leasehold
