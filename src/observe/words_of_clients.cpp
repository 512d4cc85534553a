// Sentences for the facts of clients.
#include "observe/words_parts.h"
#include "protocol/facts_of_clients.h"

namespace kafkascope::observe {

namespace {

std::string records(std::int64_t n) { return n == 1 ? "1 record" : fmt::format("{} records", n); }

struct ClientWords : Told {
  Words operator()(const fact::RecordSent& f) const {
    return p.empty() ? say("{} hands record {} to send", "{}<이/가> {}번 레코드를 send에 넘겨요", who, f.number)
                     : say("{} hands record {} to send, for {}", "{}<이/가> {}번 레코드를 send에 넘겨요({})", who,
                           f.number, p);
  }
  Words operator()(const fact::BatchSent& f) const {
    return {fmt::format("{} sends {} to {}", who, records(f.count), p),
            with_particles(fmt::format("{}<이/가> {}<으로/로> 레코드 {}개 전송", who, p, f.count))};
  }
  Words operator()(const fact::BatchAcked& f) const {
    return {fmt::format("{}: {} of {} acked", who, records(f.count), p),
            fmt::format("{}: {}의 레코드 {}개 ack 받음", who, p, f.count)};
  }
  Words operator()(const fact::BatchRetried& f) const {
    return say("{} will send to {} again: {}", "{}<이/가> {} 재시도: {}", who, p, protocol::name(f.error));
  }
  Words operator()(const fact::BatchFailed& f) const {
    return {fmt::format("{}: {} for {} failed: {}", who, records(f.count), p, f.exception.view()),
            fmt::format("{}: {}의 레코드 {}개 실패: {}", who, p, f.count, f.exception.view())};
  }
  Words operator()(const fact::RecordFailed& f) const {
    return say("{}: record {} failed: {}", "{}: {}번 레코드 실패: {}", who, f.number, f.exception.view());
  }
  Words operator()(const fact::ClientError& f) const {
    return say("{} meets {}", "{}<이/가> {} 오류를 받아요", who,
               f.exception.empty() ? protocol::name(f.error) : f.exception.view());
  }
  Words operator()(const fact::ClientMetadata&) const {
    return say("{} refreshes its metadata", "{}<이/가> 메타데이터를 새로 받아요", who);
  }
  Words operator()(const fact::ClientBootstrapped&) const {
    return say("{} knows the cluster now", "{}<은/는> 이제 클러스터를 알아요", who);
  }
  Words operator()(const fact::RecordDelivered& f) const {
    return {fmt::format("{} is handed {} of {}", who, offsets(f.first_offset, f.last_offset), p),
            with_particles(
                fmt::format("{}<이/가> {}의 {}<을/를> 받아요", who, p, offsets_ko(f.first_offset, f.last_offset)))};
  }
  Words operator()(const fact::RecordProcessed& f) const {
    return say("{} is done with offset {} of {}", "{0}<이/가> {2} 오프셋 {1} 처리 끝", who, f.offset.value, p);
  }
  Words operator()(const fact::PositionSet& f) const {
    return {fmt::format("{} will read {} from {}{}", who, p, f.offset.value, behind_colon(f.reason.view())),
            with_particles(fmt::format("{}<은/는> {}<을/를> {}부터 읽어요{}", who, p, f.offset.value,
                                       behind_colon(reason_in_korean(f.reason.view()))))};
  }
  Words operator()(const fact::PartitionsAssigned& f) const {
    return f.partitions.text.empty()
               ? say("{} gets nothing in generation {}", "{}<은/는> 세대 {}에서 할당 없음", who, f.generation)
               : say("{0} gets {2} in generation {1}", "{0}<은/는> 세대 {1}에서 {2} 할당", who, f.generation,
                     f.partitions.text.view());
  }
  Words operator()(const fact::PartitionsRevoked& f) const {
    return f.partitions.text.empty() ? say("{} gives up nothing", "{}<은/는> 반납할 것이 없어요", who)
                                     : say("{} gives up {}", "{}<이/가> {} 반납", who, f.partitions.text.view());
  }
  Words operator()(const fact::PartitionsLost& f) const {
    return say("{} has lost {}", "{}<이/가> {}<을/를> 잃어요", who, f.partitions.text.view());
  }
  Words operator()(const fact::ReadReplicaChosen& f) const {
    return f.broker < 0 ? say("{} reads {} from the leader again", "{}<은/는> 다시 리더에게서 {}<을/를> 읽어요", who, p)
                        : say("{} will read {} from {}", "{}<은/는> 이제 {}<을/를> {}에게서 읽어요", who, p,
                              broker_word(f.broker));
  }
  Words operator()(const fact::CommandResult& f) const {
    return f.error == protocol::ErrorCode::NONE
               ? say("done: {}", "완료: {}", f.message.view())
               : Words{fmt::format("refused with {}{}", protocol::name(f.error), behind_colon(f.message.view())),
                       fmt::format("거절 {}{}", protocol::name(f.error),
                                   behind_colon(reason_in_korean(f.message.view())))};
  }
  Words operator()(const fact::OffsetsReset& f) const {
    return say("{} resets the offsets of group {}", "{}<이/가> 그룹 {}의 오프셋을 다시 정해요", who, f.group.view());
  }
};

}  // namespace

std::optional<Words> words_of_clients(const sim::TraceLine& line, const Told& told) {
  return words_of<fact::FactsOfClients>(line, ClientWords{told});
}

}  // namespace kafkascope::observe
