// SPDX-License-Identifier: Apache-2.0
#include <leasehold/tls_files.hpp>

#include <cerrno>
#include <fstream>
#include <sstream>
#include <system_error>

namespace leasehold {

namespace {

std::string contents(const std::string& file)
{
    if (file.empty())
        return {};
    errno = 0;
    std::ifstream from{file, std::ios::binary};
    std::ostringstream text;
    text << from.rdbuf();
    // An empty file must not count as none.
    if (!from || !text)
        throw std::system_error{errno != 0 ? errno : ENODATA, std::generic_category(),
                                "leasehold: cannot read \"" + file + '"'};
    return text.str();
}

}  // namespace

tls_options read_tls_files(const tls_files& files)
{
    tls_options tls;
    tls.ca_certificates = contents(files.ca_certificates);
    tls.certificate = contents(files.certificate);
    tls.private_key = contents(files.private_key);
    return tls;
}

}  // namespace leasehold
