// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <leasehold/kv.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace leasehold::core {

/**
 * Which keys of a locker's directory belong to the queues of which names: of one name, or of all that begin
 * with a prefix.
 *
 * The name N is the lock DIRECTORY N, so its queue is every key that begins with DIRECTORY N `/`: its own
 * keys, which have no further slash, and those of names nested under it, for which it has to wait too.
 */
class name_scope {
public:
    static name_scope of_name(std::string directory, std::string name);
    static name_scope of_prefix(std::string directory, std::string prefix);

    /// All keys of these queues begin so.
    std::string prefix() const;
    /// The same as a range.
    std::string first_key() const;
    std::string range_end() const;

    bool is_one_name() const noexcept { return one_name_; }
    /// The one name, or the prefix.
    const std::string& text() const noexcept { return text_; }

    /// The range of one name's queue: all keys that begin so.
    std::string queue_of(std::string_view name) const;
    /// Whether a key of the name's queue is its own, and not one of a name nested under it.
    bool is_own(std::string_view name, std::string_view key) const noexcept
    {
        return key.rfind('/') == directory_.size() + name.size();
    }

    /// Calls `visit(name)` for every name of the scope in whose queue the key is, the shortest first.
    template <class Visit>
    void for_each_name(std::string_view key, Visit visit) const
    {
        if (!key.starts_with(directory_))
            return;
        const auto path = key.substr(directory_.size());
        for (auto slash = path.find('/'); slash != path.npos; slash = path.find('/', slash + 1))
            if (const auto name = path.substr(0, slash); contains(name))
                visit(name);
    }

private:
    name_scope(std::string directory, std::string text, bool one_name)
        : directory_{std::move(directory)}, text_{std::move(text)}, one_name_{one_name}
    {}

    bool contains(std::string_view name) const noexcept
    {
        return one_name_ ? name == text_ : !name.empty() && name.starts_with(text_);
    }

    std::string directory_;
    std::string text_;
    bool one_name_;
};

}  // namespace leasehold::core
