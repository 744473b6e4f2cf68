// SPDX-License-Identifier: Apache-2.0
#include "ledger.hpp"

namespace leasehold::simulation {

void ledger::count(std::string_view what, const char* how, int by)
{
    const auto name = std::string{how} + " " + std::string{what};
    auto& open = open_[name];
    open += by;
    if (open < 0)
        fail_("an observer was told of an end without a beginning: " + name);
    if (open == 0)
        open_.erase(name);
}

std::string ledger::open() const
{
    std::string text;
    for (const auto& [name, count] : open_)
        text += (text.empty() ? "" : ", ") + name + " (" + std::to_string(count) + ")";
    return text;
}

}  // namespace leasehold::simulation
