// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <sys/types.h>
#include <vector>

namespace leasehold::test {

/// The program's path: as it is if it holds a slash, otherwise looked up on PATH.
std::string find_program(const std::string& name);

/// fork + exec with the three standard descriptors given. The child gets
/// SIGKILL when the calling thread ends.
pid_t spawn(const std::vector<std::string>& argv, const std::vector<std::string>& env, int out, int err);

}  // namespace leasehold::test
