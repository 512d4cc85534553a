// Sentences for the facts of a ZooKeeper ensemble.
#include "observe/words_parts.h"
#include "protocol/facts_of_zookeeper.h"
#include "zookeeper/client.h"

namespace kafkascope::observe {

namespace {

std::string_view session_word(zookeeper::SessionState state) {
  switch (state) {
    case zookeeper::SessionState::Connected: return "connected";
    case zookeeper::SessionState::Disconnected: return "disconnected";
    case zookeeper::SessionState::Expired: return "expired";
    case zookeeper::SessionState::Closed: break;
  }
  return "closed";
}
std::string_view session_word_ko(zookeeper::SessionState state) {
  switch (state) {
    case zookeeper::SessionState::Connected: return "연결됨";
    case zookeeper::SessionState::Disconnected: return "연결 끊김";
    case zookeeper::SessionState::Expired: return "만료";
    case zookeeper::SessionState::Closed: break;
  }
  return "닫힘";
}

std::string session_text(protocol::ZkSessionId session) { return protocol::zxid_text({session}); }

struct ZooKeeperWords : Told {
  Words operator()(const fact::ZkServerStateChanged& f) const {
    const std::string_view state = protocol::name(f.state);
    return {fmt::format("{} is {} in epoch {}{}", who, state, f.epoch, behind_colon(f.reason.view())),
            with_particles(fmt::format("{}<이/가> 에포크 {}에서 {} 상태{}", who, f.epoch, state,
                                       behind_colon(reason_in_korean(f.reason.view()))))};
  }
  Words operator()(const fact::ZkVoted& f) const {
    return say("{} votes for zookeeper-{}, whose log ends at {} (round {})",
               "{0}<이/가> zookeeper-{1}에 투표해요. 그 로그의 끝은 {2}(라운드 {3})", who, f.leader,
               protocol::zxid_text(f.zxid), f.round);
  }
  Words operator()(const fact::ZkElected& f) const {
    return say("{} leads the ensemble in epoch {}", "{}<이/가> 에포크 {}의 앙상블 리더가 돼요", who, f.epoch);
  }
  Words operator()(const fact::ZkFollowerSynced& f) const {
    return say("{} brings zookeeper-{} up to date by {}, {} transactions",
               "{}<이/가> zookeeper-{}<을/를> {}<으로/로> 맞춰요. 트랜잭션 {}개", who, f.follower, f.kind.view(),
               f.transactions);
  }
  Words operator()(const fact::ZkLogTruncated& f) const {
    return say("{} cuts its transaction log behind {}", "{}<이/가> 트랜잭션 로그를 {} 뒤에서 잘라요", who,
               protocol::zxid_text(f.to));
  }
  Words operator()(const fact::ZnodeChanged& f) const {
    switch (f.type) {
      case protocol::ZkEventType::NodeCreated: return say("znode {} is created", "지노드 {} 생성", f.path.view());
      case protocol::ZkEventType::NodeDeleted: return say("znode {} is gone", "지노드 {} 사라짐", f.path.view());
      default: return say("znode {} is written", "지노드 {} 변경", f.path.view());
    }
  }
  Words operator()(const fact::ZkWriteRefused& f) const {
    return say("ZooKeeper refuses to write {}: {}", "ZooKeeper가 {} 쓰기를 거절해요: {}",
               f.operation.empty() ? "multi" : f.operation.view(), protocol::name(f.error));
  }
  Words operator()(const fact::ZkSessionOpened& f) const {
    return say("session {} is opened, it may be silent for {} ms", "세션 {} 시작, {}ms까지 조용해도 돼요",
               session_text(f.session), f.timeout_ms);
  }
  Words operator()(const fact::ZkSessionExpired& f) const {
    return say("session {} has been silent for {} ms: it expires", "세션 {}<이/가> {}ms 동안 조용해서 만료돼요",
               session_text(f.session), f.timeout_ms);
  }
  Words operator()(const fact::ZkSessionClosed& f) const {
    return say("session {} ends, and {} ephemeral znodes with it", "세션 {} 종료, 임시 지노드 {}개도 함께 사라져요",
               session_text(f.session), f.ephemerals);
  }
  Words operator()(const fact::ZkSessionMoved& f) const {
    return say("session {} goes on through zookeeper-{}", "세션 {}<이/가> zookeeper-{}<으로/로> 옮겨 가요",
               session_text(f.session), f.to);
  }
  Words operator()(const fact::ZkWatchFired& f) const {
    return say("a watch fires: {} tells {} of {} {}", "와치가 울려요: {0}<이/가> {1}에게 {3} {2}<을/를> 알려요", who,
               names.node(f.client), protocol::name(f.type), f.path.view());
  }
  Words operator()(const fact::ZkClientState& f) const {
    return {fmt::format("{}: its ZooKeeper session is {}", who, session_word(f.state)),
            fmt::format("{}: ZooKeeper 세션 {}", who, session_word_ko(f.state))};
  }
};

}  // namespace

std::optional<Words> words_of_zookeeper(const sim::TraceLine& line, const Told& told) {
  return words_of<fact::FactsOfZookeeper>(line, ZooKeeperWords{told});
}

}  // namespace kafkascope::observe
