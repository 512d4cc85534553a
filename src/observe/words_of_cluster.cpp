// Sentences for controllers' decisions.
#include "observe/words_parts.h"
#include "protocol/facts_of_cluster.h"

namespace kafkascope::observe {

namespace {

struct ClusterWords : Told {
  Words operator()(const fact::BrokerRegistered& f) const {
    return say("{} is registered, broker epoch {}", "{} 등록, 브로커 에포크 {}", broker_word(f.broker), f.epoch);
  }
  Words operator()(const fact::BrokerFenced& f) const {
    return {fmt::format("{} is fenced{}", broker_word(f.broker), behind_colon(f.reason.view())),
            fmt::format("{} 차단됨{}", broker_word(f.broker), behind_colon(reason_in_korean(f.reason.view())))};
  }
  Words operator()(const fact::BrokerUnfenced& f) const {
    return say("{} is unfenced", "{} 차단 해제", broker_word(f.broker));
  }
  Words operator()(const fact::BrokerShutdownStarted& f) const {
    return say("{} begins its controlled shutdown", "{} 제어된 종료 시작", broker_word(f.broker));
  }
  Words operator()(const fact::BrokerUnregistered& f) const {
    return say("{} is unregistered", "{} 등록 해제", broker_word(f.broker));
  }
  Words operator()(const fact::BrokerDirsOffline& f) const {
    return say("the controller knows that {} has lost a log directory; left: {}",
               "컨트롤러가 {}의 로그 디렉터리가 나간 걸 알아요. 남은 것: {}", broker_word(f.broker), f.left);
  }
  Words operator()(const fact::TopicCreated& f) const {
    return say("topic {} is created", "토픽 {} 생성", f.topic.view());
  }
  Words operator()(const fact::TopicDeleted& f) const {
    return say("topic {} is deleted", "토픽 {} 삭제", f.topic.view());
  }
  Words operator()(const fact::PartitionAdded& f) const {
    return say("{} is added, led by {}", "{} 추가, 리더는 {}", p, broker_word(f.leader));
  }
  Words operator()(const fact::ConfigChanged& f) const {
    return {fmt::format("configuration: {}", f.change.view()),
            with_particles(fmt::format("설정 변경: {}", reason_in_korean(f.change.view())))};
  }
  Words operator()(const fact::ReassignmentChanged& f) const {
    return f.adding + f.removing == 0
               ? say("{}: replicas moved, {}", "{}: 복제본 이동 끝, {}", p, f.state.text.view())
               : say("{}: replicas on the move, {}", "{}: 복제본 이동 중, {}", p, f.state.text.view());
  }
  Words operator()(const fact::LeaderElected& f) const {
    if (f.leader < 0) return say("{} has no leader now", "{}<은/는> 이제 리더가 없어요", p);
    return say("{} leads {} now, leader epoch {}, ISR {}", "이제 {}<이/가> {}의 리더, 리더 에포크 {}, ISR {}",
               broker_word(f.leader), p, f.leader_epoch.value, f.isr.text.view());
  }
  Words operator()(const fact::IsrChanged& f) const { return say("{}: ISR {}", "{}: ISR {}", p, f.isr.text.view()); }
  Words operator()(const fact::AclChanged& f) const {
    return f.removed ? say("access rule removed: {}", "접근 규칙 삭제: {}", f.entry.view())
                     : say("access rule: {}", "접근 규칙 추가: {}", f.entry.view());
  }
  Words operator()(const fact::QuotaChanged& f) const {
    return {fmt::format("quota: {}", f.change.view()),
            with_particles(fmt::format("쿼터 변경: {}", reason_in_korean(f.change.view())))};
  }
  Words operator()(const fact::FeatureChanged& f) const {
    return say("feature {} is at level {}", "기능 {}의 레벨은 {}", f.feature.view(), f.level);
  }
};

}  // namespace

std::optional<Words> words_of_cluster(const sim::TraceLine& line, const Told& told) {
  return words_of<fact::FactsOfCluster>(line, ClusterWords{told});
}

}  // namespace kafkascope::observe
