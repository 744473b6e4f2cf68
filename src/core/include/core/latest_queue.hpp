// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <utility>

namespace leasehold::core {

/// A queue for a reader that may be slow or away: of what it has not read, the latest `limit` items are kept,
/// and how many were dropped before them. What is read is never anything but what was put in, in order, and
/// its last item is the latest.
template <class T>
class latest_queue {
public:
    /// \pre `limit` > 0.
    explicit latest_queue(std::size_t limit) : limit_{limit} {}

    void push(T item)
    {
        if (items_.size() == limit_) {
            items_.pop_front();
            ++dropped_;
        }
        items_.push_back(std::move(item));
    }

    bool empty() const noexcept { return items_.empty(); }

    struct taken {
        T item;
        std::uint64_t dropped;  ///< right before it
    };

    /// \pre Not empty.
    taken pop()
    {
        taken t{std::move(items_.front()), std::exchange(dropped_, 0)};
        items_.pop_front();
        return t;
    }

private:
    std::size_t limit_;
    std::deque<T> items_;
    std::uint64_t dropped_ = 0;
};

}  // namespace leasehold::core
