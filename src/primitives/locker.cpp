// SPDX-License-Identifier: Apache-2.0
#include "checks.hpp"
#include "claim_driver.hpp"
#include "name_listing.hpp"
#include "name_watch.hpp"

#include <core/name_scope.hpp>
#include <engine/call.hpp>
#include <engine/cluster.hpp>

#include <leasehold/locker.hpp>

#include <utility>

namespace leasehold {

namespace engine {

struct locker_state {
    std::shared_ptr<engine::cluster> cluster;
    locker_options options;
};

}  // namespace engine

namespace {

/// The value of a queue's oldest key, unless that is a nested name's.
std::optional<std::string> value_of_owner(const core::name_scope& scope, get_result found)
{
    if (found.items.empty() || !scope.is_own(scope.text(), found.items[0].key))
        return std::nullopt;
    return std::move(found.items[0].value);
}

std::shared_ptr<engine::name_watch> watch_of(const engine::locker_state& locker, core::name_scope scope)
{
    const engine::name_watch_limits limits{locker.options.watch_buffer, locker.options.page};
    auto watch = std::make_shared<engine::name_watch>(locker.cluster, std::move(scope), limits);
    locker.cluster->run([watch] { watch->begin(); });
    return watch;
}

}  // namespace

locker::locker(client c, locker_options options)
{
    checks::check(options);
    impl_ = std::make_shared<const engine::locker_state>(engine::locker_state{c.impl_, std::move(options)});
}

// Not a default argument: see mutex.
locker::locker(client c) : locker{std::move(c), locker_options{}} {}

locker::executor_type locker::get_executor() const noexcept
{
    return impl_->cluster->executor();
}

const locker_options& locker::options() const noexcept
{
    return impl_->options;
}

claim locker::claim(std::string name, std::string value) const
{
    checks::check_name(name);
    auto lock = impl_->options.directory + name;
    engine::claim_plan plan{std::move(name), std::move(lock), checks::whole_seconds(impl_->options.ttl)};
    auto driver = std::make_shared<engine::claim_driver>(impl_->cluster, std::move(plan), std::move(value));
    impl_->cluster->run([driver] { driver->begin(); });
    return leasehold::claim{std::move(driver)};
}

void locker::start_get(const state_ptr& impl, std::string name,
                       detail::completion<std::optional<std::string>> c)
{
    if (name.empty())
        return std::move(c).fail(
            detail::failure{make_error_code(errc::invalid_name), "cannot read the name \"\""});
    using operation = engine::pending<std::optional<std::string>>;
    const auto op = operation::make(impl->cluster, std::move(c));
    auto scope = core::name_scope::of_name(impl->options.directory, std::move(name));
    impl->cluster->run([cluster = impl->cluster, op, scope = std::move(scope)] {
        get_request oldest;
        oldest.key = scope.first_key();
        oldest.range_end = scope.range_end();
        oldest.sort = get_request::order::oldest_first;
        oldest.limit = 1;
        engine::call<get_result>::start(
            *cluster, cluster->user_policy(true),
            [oldest](rpc::transport& t, std::size_t endpoint, boot_clock::time_point deadline, auto handler) {
                t.range(endpoint, oldest, deadline, std::move(handler));
            },
            [cluster, op, scope](engine::outcome<get_result> r) {
                if (r.ok())
                    op->succeed(value_of_owner(scope, std::move(r.response)));
                else
                    op->fail(r.why(*cluster, "cannot read the name \"" + scope.text() + '"'));
            });
    });
}

name_watcher locker::watch(std::string name) const
{
    checks::check_name(name);
    return name_watcher{
        watch_of(*impl_, core::name_scope::of_name(impl_->options.directory, std::move(name)))};
}

name_watcher locker::watch_prefix(std::string prefix) const
{
    return name_watcher{
        watch_of(*impl_, core::name_scope::of_prefix(impl_->options.directory, std::move(prefix)))};
}

name_lister locker::list(std::string prefix) const
{
    auto scope = core::name_scope::of_prefix(impl_->options.directory, std::move(prefix));
    auto listing =
        std::make_shared<engine::name_listing>(impl_->cluster, std::move(scope), impl_->options.page);
    impl_->cluster->run([listing] { listing->begin(); });
    return name_lister{std::move(listing)};
}

}  // namespace leasehold
