// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <utility>

namespace leasehold::core {

/// A text that does not change and that its copies share.
class shared_text {
public:
    shared_text() = default;
    shared_text(std::string text) : text_{std::make_shared<const std::string>(std::move(text))} {}
    shared_text(const char* text) : shared_text{std::string{text}} {}

    const std::string& str() const noexcept { return text_ ? *text_ : none; }

    friend bool operator==(const shared_text& a, const shared_text& b) noexcept
    {
        return a.text_ == b.text_ || a.str() == b.str();
    }

private:
    static inline const std::string none;

    std::shared_ptr<const std::string> text_;
};

}  // namespace leasehold::core
