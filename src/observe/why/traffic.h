// What the messages between two nodes are for. An act on messages of one API hinders only what these carry, and an act on links
// only what goes between the nodes that it names.
#pragma once
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <utility>
#include <vector>

#include "sim/facts_of_kernel.h"
#include "sim/ids.h"
#include "sim/trace.h"

namespace kafkascope::fact {
struct RequestRefused;
}

namespace kafkascope::observe {

class Story;

/// A bit for each purpose; a message may serve several.
namespace traffic {
inline constexpr unsigned kCopies = 1;      // a follower fetches from its leader
inline constexpr unsigned kLiveness = 2;    // a broker's heartbeats to a controller, its session with ZooKeeper
inline constexpr unsigned kDecisions = 4;   // what else brokers, controllers and ZooKeeper tell one another
inline constexpr unsigned kQuorum = 8;      // among the controllers, or the servers of ZooKeeper
inline constexpr unsigned kProducing = 16;  // a producer's batches and what it has to ask before it sends them
inline constexpr unsigned kReading = 32;    // a consumer fetches
inline constexpr unsigned kGroups = 64;     // a member's heartbeats, its joining, its commits
inline constexpr unsigned kTransactions = 128;
inline constexpr unsigned kAdmin = 256;
inline constexpr unsigned kClients = kProducing | kReading | kGroups | kTransactions | kAdmin;
inline constexpr unsigned kAll = ~0u;
}  // namespace traffic

/// Which hindrances of a node count.
struct Search {
  Search() = default;
  Search(std::vector<sim::NodeId> with) : peers(std::move(with)) {}  // NOLINT(google-explicit-constructor)
  Search(std::initializer_list<sim::NodeId> with) : peers(with) {}   // NOLINT(google-explicit-constructor)

  Search with(std::vector<sim::NodeId> ends) const {
    Search narrowed = *this;
    narrowed.peers = std::move(ends);
    return narrowed;
  }
  /// Only those of messages for these purposes.
  Search of(unsigned purposes) const {
    Search narrowed = *this;
    narrowed.purposes = purposes;
    return narrowed;
  }
  /// The effect is a time-out: only those that have lasted so long, which begins at most `between` after the last message that
  /// came through, the usual time from one to the next.
  Search timed_out(std::int64_t ms, std::int64_t between_ms) const {
    Search narrowed = *this;
    narrowed.timeout_us = ms * 1000, narrowed.between_us = between_ms * 1000;
    return narrowed;
  }

  /// An act on a link, or on messages, counts only if its other end is one of them. Empty: any, except that a client's trouble
  /// with a server is none of that server.
  std::vector<sim::NodeId> peers;
  unsigned purposes = traffic::kAll;
  std::int64_t timeout_us = 0, between_us = 0;
};

/// Whether an act that makes brokers answer with an error means the request that this broker refused; true for any other act.
std::function<bool(const fact::RequestRefused&, sim::NodeId)> answers_request(const Story& story,
                                                                              const sim::TraceLine& act);

/// Whether an act that loses messages means the one that was lost on its way to that receiver; true for any other act.
std::function<bool(const fact::MessageLost&, sim::NodeId)> loses_message(const Story& story, const sim::TraceLine& act);

/// Whether the act, which names that node and changes a link, a cut or messages, concerns what the search is for; true for any
/// other act.
bool concerns(const Story& story, const sim::TraceLine& act, sim::NodeId node, const Search& search);

}  // namespace kafkascope::observe
