// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/execution_context.hpp>

#include <memory>
#include <mutex>
#include <vector>

namespace leasehold::engine {

class cluster;

/**
 * Ends every engine of an execution context when the context shuts down, as Asio does with its own I/O
 * objects: pending handlers are destroyed uncalled. Without it a pending operation whose handler owns a
 * handle would keep its own engine alive for ever.
 */
class context_service : public boost::asio::execution_context::service {
public:
    static inline boost::asio::execution_context::id id;

    explicit context_service(boost::asio::execution_context& context) : service{context} {}

    static context_service& of(const boost::asio::any_io_executor& executor);

    void add(std::weak_ptr<cluster> c);
    void remove(const cluster* c) noexcept;

private:
    void shutdown() override;

    struct member {
        const cluster* address;
        std::weak_ptr<cluster> engine;
    };
    std::mutex mutex_;
    std::vector<member> members_;
};

}  // namespace leasehold::engine
