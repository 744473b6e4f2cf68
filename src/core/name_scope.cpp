// SPDX-License-Identifier: Apache-2.0
#include <core/key_layout.hpp>
#include <core/name_scope.hpp>

#include <utility>

namespace leasehold::core {

name_scope name_scope::of_name(std::string directory, std::string name)
{
    return {std::move(directory), std::move(name), true};
}

name_scope name_scope::of_prefix(std::string directory, std::string prefix)
{
    return {std::move(directory), std::move(prefix), false};
}

std::string name_scope::prefix() const
{
    return one_name_ ? queue_of(text_) : directory_ + text_;
}

std::string name_scope::first_key() const
{
    return prefix_begin(prefix());
}

std::string name_scope::range_end() const
{
    return prefix_end(prefix());
}

std::string name_scope::queue_of(std::string_view name) const
{
    return queue_prefix(directory_ + std::string{name});
}

}  // namespace leasehold::core
