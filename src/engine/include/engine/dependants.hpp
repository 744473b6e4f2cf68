// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace leasehold::engine {

/// Something built on the engine that users wait at.
class dependant {
public:
    /// The engine has ended: what is pending is to be dropped uncompleted, since its handlers may own the
    /// handle that they wait at.
    virtual void abandon() noexcept = 0;

protected:
    ~dependant() = default;
};

/// Who is to be told of the engine's end. On the strand.
class dependants {
public:
    void add(std::weak_ptr<dependant> d)
    {
        // Seldom enough to cost nothing, often enough not to grow with those that are gone.
        if (list_.size() >= look_at_) {
            std::erase_if(list_, [](const auto& gone) { return gone.expired(); });
            look_at_ = std::max<std::size_t>(64, 2 * list_.size());
        }
        list_.push_back(std::move(d));
    }

    void abandon() noexcept
    {
        for (const auto& d : std::exchange(list_, {}))
            if (const auto alive = d.lock())
                alive->abandon();
    }

private:
    std::vector<std::weak_ptr<dependant>> list_;
    std::size_t look_at_ = 64;
};

}  // namespace leasehold::engine
