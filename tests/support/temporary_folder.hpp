// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

namespace leasehold::test {

/// A fresh folder, removed with all that is in it. It is in LEASEHOLD_TEST_TMPDIR where that is set
/// (run_tests.py does), in memory (/dev/shm) where there is room, or in the temporary folder.
class temporary_folder {
public:
    temporary_folder();
    temporary_folder(const temporary_folder&) = delete;
    temporary_folder& operator=(const temporary_folder&) = delete;
    ~temporary_folder();

    const std::filesystem::path& path() const noexcept { return path_; }

private:
    std::filesystem::path path_;
};

}  // namespace leasehold::test
