// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <leasehold/client.hpp>

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <string>

namespace leasehold::cli {

/// Runs one coroutine with a client to its end, on the calling thread. Signals have their default effect:
/// there is nothing to clean up.
/// \param doing what is going on, as in "cannot DOING".
/// \return what the coroutine returns: the exit code.
/// \throws failure, also for what the library throws.
int run_query(const client_options& connection, const std::string& doing,
              const std::function<boost::asio::awaitable<int>(client)>& body);

}  // namespace leasehold::cli
