// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "exit_code.hpp"

#include <leasehold/errc.hpp>

#include <boost/system/system_error.hpp>

#include <stdexcept>
#include <string>

namespace leasehold::cli {

/// Prints `leasehold: MESSAGE` on standard error, in one write.
void complain(const std::string& message);

/// What an error of the library means for the user: the exit code, and what to do about it.
/// \param doing what was going on, as in "cannot DOING", in visible text.
failure explain(const boost::system::system_error& why, const std::string& doing);

/// What an option that the library refuses is called here.
failure explain(const std::invalid_argument& why);

}  // namespace leasehold::cli
