// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "driver.hpp"

namespace leasehold::bench {

// After the colon: what one operation is, for its latency and for operations a second.

/// N coroutines, each with its own lock: lock and unlock.
void uncontended(driver& d);
/// N coroutines of one session, one lock: lock and unlock.
void local(driver& d);
/// N sessions on separate clients, one lock: from one holder's release to the next one's ownership.
void handoff(driver& d);
/// N bounded attempts on a held lock, all at once: from the call to the empty result.
void timeout(driver& d);
/// N locks held on one session for a while: the taking of one.
void hold(driver& d);
/// N sessions kept alive for three times to live: the opening of one.
void sessions(driver& d);
/// N watches, then one write to each: from the write to the event.
void watch(driver& d);
/// All of it at once, with sessions and watches that come and go: each of the above.
void churn(driver& d);

}  // namespace leasehold::bench
