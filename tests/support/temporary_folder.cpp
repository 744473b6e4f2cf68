// SPDX-License-Identifier: Apache-2.0
#include "temporary_folder.hpp"

#include "posix.hpp"

#include <cstdint>
#include <cstdlib>
#include <sys/statvfs.h>
#include <system_error>

namespace leasehold::test {

namespace fs = std::filesystem;

namespace {

fs::path data_parent()
{
    if (const char* given = std::getenv("LEASEHOLD_TEST_TMPDIR"); given && *given)
        return given;
    // etcd allocates 64 MB and more at once; a container's /dev/shm may have no more than that.
    constexpr std::uint64_t enough = 1ULL << 30;
    struct statvfs memory{};
    if (::access("/dev/shm", W_OK) == 0 && ::statvfs("/dev/shm", &memory) == 0 &&
        std::uint64_t{memory.f_bavail} * memory.f_frsize >= enough)
        return "/dev/shm";
    return fs::temp_directory_path();
}
}  // namespace

temporary_folder::temporary_folder()
{
    auto name = (data_parent() / "leasehold-etcd-XXXXXX").string();
    if (!::mkdtemp(name.data()))
        throw_errno("mkdtemp " + name);
    path_ = name;
}

temporary_folder::~temporary_folder()
{
    std::error_code ignored;
    fs::remove_all(path_, ignored);
}

}  // namespace leasehold::test
