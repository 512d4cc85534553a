#include "raft/quorum_state_file.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "raft/quorum_kinds.h"

namespace kafkascope::raft {

void QuorumStateFile::write(Ctx& ctx, const SavedElection& election, std::uint64_t& next_number) {
  if (election == (writing_.empty() ? saved_ : writing_.back().election)) return;
  writing_.push_back({next_number, election});
  ctx.flush(kStateFileBytes, kStateFlush, next_number++);
}

bool QuorumStateFile::on_written(Ctx& ctx, std::uint64_t number) {
  const auto done =
      std::find_if(writing_.begin(), writing_.end(), [&](const PendingWrite& w) { return w.number == number; });
  if (done == writing_.end()) return false;
  saved_ = done->election;
  writing_.erase(writing_.begin(), std::next(done));
  if (!writing())
    for (Outgoing& out : std::exchange(outbox_, {})) ctx.send(out.connection, std::move(out.message));
  return true;
}

void QuorumStateFile::post(Ctx& ctx, sim::ConnectionId connection, Message message) {
  if (!writing()) ctx.send(connection, std::move(message));
  else outbox_.push_back({connection, std::move(message)});
}

}  // namespace kafkascope::raft
