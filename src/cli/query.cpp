// SPDX-License-Identifier: Apache-2.0
#include "query.hpp"

#include "exit_code.hpp"
#include "report.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <stdexcept>
#include <utility>

namespace leasehold::cli {

namespace asio = boost::asio;

int run_query(const client_options& connection, const std::string& doing,
              const std::function<asio::awaitable<int>(client)>& body)
{
    asio::io_context io{1};
    int code = exit_lost;
    std::exception_ptr error;
    try {
        client c{io.get_executor(), connection};
        asio::co_spawn(io, body(c), [&](std::exception_ptr e, int result) {
            error = std::move(e);
            code = result;
        });
        io.run();
        if (error)
            std::rethrow_exception(error);
    } catch (const boost::system::system_error& e) {
        throw explain(e, doing);
    } catch (const std::invalid_argument& e) {
        throw explain(e);
    }
    return code;
}

}  // namespace leasehold::cli
