// SPDX-License-Identifier: Apache-2.0
#include <leasehold/fencing_token.hpp>

namespace leasehold {

std::string to_string(const fencing_token& token)
{
    auto text = std::to_string(token.revision);
    if (token.sequence != 0)
        text += '.' + std::to_string(token.sequence);
    return text;
}

}  // namespace leasehold
