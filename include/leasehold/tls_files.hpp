// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <leasehold/options.hpp>

#include <string>

namespace leasehold {

/// The names of PEM files, as etcdctl's `--cacert`, `--cert` and `--key`. Empty: none.
struct tls_files {
    std::string ca_certificates{};
    std::string certificate{};
    std::string private_key{};
};

/// Reads them, blocking. A client does not notice when they change afterwards.
/// \throws std::system_error naming the file that cannot be read.
tls_options read_tls_files(const tls_files& files);

}  // namespace leasehold
