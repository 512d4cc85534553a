// The coordinator of a consumer's group as the client knows it, and the search for it (FindCoordinator). Kafka:
// AbstractCoordinator.ensureCoordinatorReady, CoordinatorRequestManager.
#pragma once
#include <optional>

#include "client/backoff.h"
#include "client/network_client.h"

namespace kafkascope::client {

struct ClientCore;
struct GroupOptions;

class CoordinatorLookup {
 public:
  bool known() const { return node_.has_value(); }
  /// Only if the coordinator is known.
  const ClientNode& node() const { return *node_; }
  void forget() { node_.reset(); }

  /// Sends a FindCoordinator request, unless one is in flight or the backoff has not passed.
  void look_up(Ctx& ctx, ClientCore& core, const GroupOptions& options);
  /// Whether a request to the coordinator may be sent now; if not, works towards it: looks it up or connects to it.
  bool ready(Ctx& ctx, ClientCore& core, const GroupOptions& options);
  void on_found(ClientNode node, sim::Instant now);
  void on_failed(Ctx& ctx, const ExponentialBackoff& backoff);

  /// When the last request was sent, and the earliest time at which the next one may be sent.
  sim::Instant looked_up() const { return looked_up_; }
  sim::Instant not_before() const { return not_before_; }

 private:
  void back_off(Ctx& ctx, const ExponentialBackoff& backoff);

  std::optional<ClientNode> node_;
  bool in_flight_ = false;
  int attempts_ = 0;
  sim::Instant not_before_{0}, looked_up_{0};
  PauseAfterSuccess pause_;  // of the newer protocol
};

}  // namespace kafkascope::client
