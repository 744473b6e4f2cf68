// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace leasehold::core {

/// A parsed endpoint of the configuration.
struct endpoint {
    std::string target;         ///< as gRPC names it: "host:port", "[v6]:port", "unix:/path"
    bool secure = false;        ///< https
    bool scheme_given = false;  ///< otherwise it is for others to say whether it is secure
};

/// \throws std::invalid_argument naming the text and what is wrong with it.
endpoint parse_endpoint(std::string_view text);

}  // namespace leasehold::core
