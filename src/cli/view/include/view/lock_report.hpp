// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <view/json.hpp>
#include <view/lock_row.hpp>

#include <leasehold/kv.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace leasehold::cli {

/// `leasehold ls`: a table with a line for each lock. Names are never clipped.
/// \param width of the terminal, if it is one: values and holders are clipped to fit.
std::vector<std::string> lock_lines(const std::vector<lock_row>& rows, std::optional<std::size_t> width);

/// `leasehold ls --json`: one lock.
json_object lock_json(const lock_row& row);

/// `leasehold queue`: a table with a line for each place, the holder's first, which has position 0.
/// \param queue with values, in the order of the queue.
std::vector<std::string> queue_lines(const std::vector<key_value>& queue, std::optional<std::size_t> width);

/// `leasehold queue --json`: one place.
json_object queue_json(const key_value& entry, std::size_t position);

/// `leasehold watch`: one line of fields that tabs divide: `held`, the name, who holds it and the value; or
/// `free` and the name.
std::string change_line(const std::string& name, const std::optional<key_value>& holder);

/// `leasehold watch --json`.
/// \param at the revision with which it became so, or at which it was found so.
json_object change_json(const std::string& name, const std::optional<key_value>& holder, revision at);

/// The value of a lock as a column shows it: escaped, and empty when it is an owner record, which the column
/// of the holder shows.
std::string value_text(const std::optional<owner_record>& o, const std::string& value);

}  // namespace leasehold::cli
