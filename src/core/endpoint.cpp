// SPDX-License-Identifier: Apache-2.0
#include <core/endpoint.hpp>

#include <charconv>
#include <cstdint>
#include <stdexcept>

namespace leasehold::core {

namespace {

[[noreturn]] void refuse(std::string_view text, const char* why)
{
    throw std::invalid_argument{
        "malformed endpoint \"" + std::string{text} + "\": " + why +
        " (expected host:port, http://host:port, https://host:port, [v6]:port or unix:/path)"};
}

bool take(std::string_view& text, std::string_view prefix)
{
    if (!text.starts_with(prefix))
        return false;
    text.remove_prefix(prefix.size());
    return true;
}

void check_port(std::string_view text, std::string_view port)
{
    std::uint32_t number = 0;
    const auto [end, ec] = std::from_chars(port.data(), port.data() + port.size(), number);
    if (port.empty())
        refuse(text, "no port");
    if (ec != std::errc{} || end != port.data() + port.size() || number == 0 || number > 65535)
        refuse(text, "the port is not a number from 1 to 65535");
}

void check_host(std::string_view text, std::string_view host)
{
    if (host.empty())
        refuse(text, "no host");
    const bool bracketed = take(host, "[");
    if (bracketed && (host.empty() || host.back() != ']'))
        refuse(text, "an unclosed [");
    if (!bracketed && host.find(':') != host.npos)
        refuse(text, "an IPv6 address needs [ and ] around it");
    if (bracketed)
        host.remove_suffix(1);
    if (host.empty())
        refuse(text, "no host");
    for (const unsigned char c : host)
        if (c <= ' ' || c == 0x7f || c == '/' || c == '@' || c == '?' || c == '#' || c == '%' || c == ',' ||
            c == '[' || c == ']')
            refuse(text, "a character that no host name has");
}

}  // namespace

endpoint parse_endpoint(std::string_view text)
{
    std::string_view rest = text;
    if (rest.empty())
        refuse(text, "it is empty");
    if (take(rest, "unix://") || take(rest, "unix:")) {
        if (rest.empty())
            refuse(text, "no path");
        // "unix://…" would have a host.
        while (rest.starts_with("//"))
            rest.remove_prefix(1);
        return {"unix:" + std::string{rest}, false, true};
    }
    const bool secure = take(rest, "https://");
    const bool plain = !secure && take(rest, "http://");
    if (rest.find("://") != rest.npos)
        refuse(text, "an unknown scheme");
    if (!rest.empty() && rest.back() == '/')
        rest.remove_suffix(1);
    const auto colon = rest.rfind(':');
    if (colon == rest.npos || (!rest.empty() && rest.back() == ']'))
        refuse(text, "no port");
    check_host(text, rest.substr(0, colon));
    check_port(text, rest.substr(colon + 1));
    return {std::string{rest}, secure, secure || plain};
}

}  // namespace leasehold::core
