// SPDX-License-Identifier: Apache-2.0
#include "process_tree.hpp"

#include <charconv>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace leasehold::cli {

namespace {

std::optional<pid_t> to_pid(std::string_view text)
{
    pid_t pid = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), pid);
    return error == std::errc{} && end == text.data() + text.size() ? std::optional{pid} : std::nullopt;
}

/// From "PID (NAME) STATE PARENT ...", where NAME may hold anything.
std::optional<pid_t> parent_of(const std::filesystem::path& folder)
{
    std::ifstream file{folder / "stat"};
    std::string line;
    std::getline(file, line, '\0');
    const auto name_end = line.rfind(')');
    if (name_end == std::string::npos || name_end + 4 >= line.size())
        return std::nullopt;
    const std::string_view rest = std::string_view{line}.substr(name_end + 4);  // behind ") S "
    return to_pid(rest.substr(0, rest.find(' ')));
}

}  // namespace

std::vector<pid_t> descendants(pid_t root)
{
    std::multimap<pid_t, pid_t> children;
    std::error_code ec;
    for (std::filesystem::directory_iterator it{"/proc", ec}, end; !ec && it != end; it.increment(ec)) {
        const auto pid = to_pid(it->path().filename().native());
        if (!pid)
            continue;
        if (const auto parent = parent_of(it->path()))
            children.emplace(*parent, *pid);
    }

    std::vector<pid_t> found{root};
    for (std::size_t i = 0; i < found.size(); ++i) {
        const auto [first, last] = children.equal_range(found[i]);
        for (auto it = first; it != last; ++it)
            found.push_back(it->second);
    }
    found.erase(found.begin());
    return found;
}

}  // namespace leasehold::cli
