// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <core/name_scan.hpp>
#include <engine/call.hpp>
#include <engine/cluster.hpp>
#include <engine/dependants.hpp>
#include <engine/failure.hpp>
#include <engine/pending.hpp>

#include <leasehold/name_state.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace leasehold::engine {

/// A user's way through the names of a directory, a page of keys at a time. On the strand.
class name_listing final : public dependant, public std::enable_shared_from_this<name_listing> {
public:
    using names = std::vector<name_state>;

    name_listing(std::shared_ptr<engine::cluster> user, core::name_scope scope, std::size_t page);

    /// From any thread.
    const std::shared_ptr<engine::cluster>& cluster_ptr() const noexcept { return cluster_; }

    void begin() { cluster_->dependants().add(weak_from_this()); }
    void wait_next(pending<names>::pointer op);
    void close();
    void abandon() noexcept override;

private:
    void deliver();
    void read_page();
    void on_page(outcome<get_result> r);

    const std::shared_ptr<engine::cluster> cluster_;
    core::name_scan scan_;
    const std::size_t page_;
    std::string from_;  ///< first key of the next page
    revision at_ = 0;   ///< 0: the first page tells
    bool reading_ = false;
    bool at_end_ = false;
    bool closed_ = false;
    names found_;
    failure ended_;
    pending<names>::pointer next_;
};

}  // namespace leasehold::engine
