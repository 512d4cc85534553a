#include "client/coordinator_lookup.h"

#include <algorithm>
#include <utility>

#include "client/group_member.h"

namespace kafkascope::client {

void CoordinatorLookup::look_up(Ctx& ctx, ClientCore& core, const GroupOptions& options) {
  if (options.newer)
    not_before_ =
        std::max(not_before_, pause_.until(ctx.now(), options.retry_backoff, ctx.random(sim::Stream::RetryBackoff)));
  if (in_flight_ || ctx.now() < not_before_) return;
  const ClientNode asked = core.least_loaded(ctx);
  if (asked.id == kNoNode) {
    core.metadata.request_update();  // no node is available; the metadata update reconnects to one
    return;
  }
  if (!core.network.ready(ctx, asked)) return;
  protocol::FindCoordinatorRequest r;
  r.key = options.group_id;
  in_flight_ = core.network.send(ctx, asked.id, std::move(r), GroupMember::kFindCoordinatorPurpose, 0);
  looked_up_ = ctx.now();
}

bool CoordinatorLookup::ready(Ctx& ctx, ClientCore& core, const GroupOptions& options) {
  if (!known()) {
    look_up(ctx, core, options);
    return false;
  }
  if (core.network.backing_off(node_->id, ctx.now())) {
    // The coordinator was found but is unreachable: it is looked up again after a pause.
    forget();
    back_off(ctx, options.retry_backoff);
    return false;
  }
  return core.network.ready(ctx, *node_);
}

void CoordinatorLookup::on_found(ClientNode node, sim::Instant now) {
  in_flight_ = false;
  node_ = node;
  attempts_ = 0;
  pause_.succeeded(now);
}

void CoordinatorLookup::on_failed(Ctx& ctx, const ExponentialBackoff& backoff) {
  in_flight_ = false;
  back_off(ctx, backoff);
}

void CoordinatorLookup::back_off(Ctx& ctx, const ExponentialBackoff& backoff) {
  not_before_ = ctx.now() + backoff.after(attempts_++, ctx.random(sim::Stream::RetryBackoff));
}

}  // namespace kafkascope::client
