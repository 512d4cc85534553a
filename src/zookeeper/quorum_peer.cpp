#include "zookeeper/quorum_peer.h"

#include <utility>

#include "protocol/facts_of_zookeeper.h"

namespace kafkascope::zookeeper {

void QuorumPeer::on_death(sim::Death death) {
  QuorumPeer left(options);
  db.on_death(death);
  left.db = std::move(db);
  left.epochs = left.db.saved_epochs();
  left.stay = stay;
  *this = std::move(left);
}

void QuorumPeer::set_state(Ctx& ctx, ZkServerState next, ServerPhase next_phase, fact::ZkStateReason reason) {
  ++stay;
  state = next;
  phase = next_phase;
  ctx.trace(
      fact::ZkServerStateChanged{.state = state, .epoch = epochs.current, .leader = leader_sid(), .reason = reason});
}

void QuorumPeer::established() {
  election.set_vote({election.vote().leader, election.vote().zxid, epochs.current});
  serving = true;
}

// ---- applying. ZooKeeper: FinalRequestProcessor.

void QuorumPeer::commit_to(Ctx& ctx, Zxid zxid) {
  while (db.next() != nullptr && db.next()->zxid <= zxid) apply_next(ctx);
}

void QuorumPeer::apply_next(Ctx& ctx) {
  Database::Applied done = db.apply_next();
  if (state == ZkServerState::Leading) {
    report(ctx, done);
    leader.applied(*done.txn);
  }
  clients.fire(ctx, done.changes);
  clients.answer_write(ctx, db.tree(), *done.txn, std::move(done.result));
}

/// Emits the change's trace line; only the leader does, so that the ensemble emits it once.
void QuorumPeer::report(Ctx& ctx, const Database::Applied& done) const {
  const ZkTxn& txn = *done.txn;
  for (const ZnodeChange& change : done.changes)
    if (change.type != ZkEventType::NodeChildrenChanged)
      ctx.trace(fact::ZnodeChanged{change.type, txn.zxid, txn.session, change.path});
  if (done.result.error != ZkError::OK)
    ctx.trace(fact::ZkWriteRefused{done.result.error, txn.zxid, txn.session, txn.path});
  if (txn.type == ZkOpCode::CreateSession) ctx.trace(fact::ZkSessionOpened{txn.session, txn.timeout_ms});
  if (txn.type == ZkOpCode::CloseSession)
    ctx.trace(fact::ZkSessionClosed{txn.session, static_cast<std::int32_t>(done.changes.size() / 2)});
}

// ---- the clients' way to the leader

void QuorumPeer::submit(Ctx& ctx, ZkSessionId session, std::int32_t cxid, std::int32_t timeout_ms,
                        SharedZkOperation operation) {
  if (state == ZkServerState::Leading)
    leader.propose(ctx, *this, {session, cxid, options.sid, timeout_ms, std::move(operation)});
  else follower.send(ctx, protocol::ZkForward{session, cxid, timeout_ms, std::move(operation)});
}

void QuorumPeer::touch(Ctx& ctx, ZkSessionId session) {
  if (state == ZkServerState::Leading) leader.touch(session, ctx.now());
  else follower.touch(session);
}

}  // namespace kafkascope::zookeeper
