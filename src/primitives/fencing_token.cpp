// SPDX-License-Identifier: Apache-2.0
#include <leasehold/fencing_token.hpp>

#include <ostream>

namespace leasehold {

std::string to_string(const fencing_token& token)
{
    auto text = std::to_string(token.revision);
    if (token.sequence != 0)
        text += '.' + std::to_string(token.sequence);
    return text;
}

std::ostream& operator<<(std::ostream& to, const fencing_token& token)
{
    return to << to_string(token);
}

}  // namespace leasehold
