// SPDX-License-Identifier: Apache-2.0
#include <leasehold/leasehold.hpp>

#include <boost/asio/io_context.hpp>

int main()
{
    boost::asio::io_context io;
    leasehold::client client{io.get_executor(), {.endpoints = {"http://127.0.0.1:1"}}};
    const leasehold::mutex mutex{client, "consumer"};
    return mutex.name() == "consumer" ? 0 : 1;
}
