// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace leasehold::cli {

/// One JSON object on one line, its members in the order in which they were added.
class json_object {
public:
    /// Any bytes. What is not UTF-8 is replaced by U+FFFD, and `NAME_base64` is added, which holds all of
    /// it.
    json_object& add(std::string_view name, std::string_view bytes);
    json_object& add(std::string_view name, const char* text) { return add(name, std::string_view{text}); }
    json_object& add(std::string_view name, std::int64_t number);
    json_object& add(std::string_view name, bool truth);
    json_object& add(std::string_view name, const json_object& nested);
    json_object& add_null(std::string_view name);

    std::string text() const { return '{' + members_ + '}'; }

private:
    json_object& add_raw(std::string_view name, std::string_view value);

    std::string members_;
};

}  // namespace leasehold::cli
