// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <view/lock_row.hpp>

#include <leasehold/kv.hpp>

#include <string>
#include <unordered_map>
#include <vector>

namespace leasehold::cli {

/// Makes locks of the keys of a range, which may come in any order. It keeps one row for each lock,
/// and nothing of keys that are no place in a lock's queue.
class lock_table {
public:
    /// Leaves out locks whose name does not begin with `prefix`.
    explicit lock_table(std::string prefix) : prefix_{std::move(prefix)} {}

    void add(key_value key);

    /// By name; the table is empty afterwards.
    std::vector<lock_row> take();

private:
    std::string prefix_;
    std::unordered_map<std::string, lock_row> rows_;
};

/// Takes over what an earlier look found out about holders that are the same still; their values, unless they
/// have written others since.
void keep_details(const std::vector<lock_row>& from, std::vector<lock_row>& to);

}  // namespace leasehold::cli
