// SPDX-License-Identifier: Apache-2.0
// What names went through, from etcd's own history of their keys, by the letter of the definition.
#pragma once

#include <leasehold/leasehold.hpp>

#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace leasehold::test {

class name_history {
public:
    explicit name_history(std::string directory) : directory_{std::move(directory)} {}

    /// The next change of a key of the directory.
    void take(const watch_event& e);
    /// There is no more.
    void end() { look(); }

    /// How the name stood then.
    name_state at(const std::string& name, revision when) const;
    /// Its changes later than that.
    std::vector<name_state> after(const std::string& name, revision when) const;
    /// 0: it never had one.
    revision last_change(const std::string& name) const;
    std::size_t changes() const;

private:
    void look();

    std::string directory_;
    revision now_ = 0;
    std::vector<std::string> touched_;  ///< names, at `now_`
    std::map<std::string, key_value> keys_;
    std::map<std::string, std::vector<name_state>> past_;
    std::map<std::string, std::pair<revision, revision>> last_;
};

}  // namespace leasehold::test
