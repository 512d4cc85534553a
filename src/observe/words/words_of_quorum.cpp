// Sentences for the facts of the quorum.
#include "observe/words/words_parts.h"
#include "protocol/facts_of_quorum.h"
#include "raft/quorum_state.h"

namespace kafkascope::observe {

namespace {

struct QuorumWords : Told {
  Words operator()(const fact::QuorumStateChanged& f) const {
    const std::string ms = names.server_setting("controller.quorum.fetch.timeout.ms");
    return both("event.quorum.state"_w, {{"who", who},
                                         {"state", raft::name(f.state)},
                                         {"epoch", f.epoch.value},
                                         {"why", reason_words(f.reason, {{"ms", ms}})}});
  }
  Words operator()(const fact::QuorumVoted& f) const {
    return f.granted ? both("event.quorum.vote_granted"_w,
                            {{"who", who}, {"candidate", f.candidate}, {"epoch", f.epoch.value}})
                     : both("event.quorum.vote_refused"_w,
                            {{"who", who}, {"candidate", f.candidate}, {"epoch", f.epoch.value}});
  }
  Words operator()(const fact::QuorumElected& f) const {
    return both("event.quorum.elected"_w, {{"who", who}, {"epoch", f.epoch.value}});
  }
  Words operator()(const fact::QuorumHighWatermark& f) const {
    return both("event.quorum.hw"_w, {{"who", who}, {"to", f.to.value}});
  }
  Words operator()(const fact::QuorumTruncated& f) const {
    return both("event.quorum.truncate"_w, {{"who", who}, {"to", f.to.value}});
  }
  Words operator()(const fact::MetadataAppended& f) const {
    return both("event.metadata.append"_w, {{"who", who}, {"record", f.record.view()}});
  }
  Words operator()(const fact::MetadataApplied& f) const {
    return both("event.metadata.apply"_w, {{"who", who}, {"record", f.record.view()}});
  }
  Words operator()(const fact::ControllerActive& f) const {
    return both("event.controller.active"_w, {{"who", who}, {"epoch", f.epoch.value}});
  }
  Words operator()(const fact::ControllerResigned& f) const {
    return both("event.controller.resigned"_w, {{"who", who}, {"why", reason_words(f.reason)}});
  }
  Words operator()(const fact::QuorumSnapshot& f) const {
    return both("event.quorum.snapshot"_w, {{"who", who}, {"end_offset", f.end_offset.value}});
  }
  Words operator()(const fact::QuorumSnapshotLoaded& f) const {
    return both("event.quorum.snapshot_loaded"_w,
                {{"who", who}, {"end_offset", f.end_offset.value}, {"had", f.had.value}});
  }
  Words operator()(const fact::QuorumLogStart& f) const {
    return both("event.quorum.log_start"_w, {{"who", who}, {"to", f.to.value}});
  }
};

}  // namespace

std::optional<Words> words_of_quorum(const sim::TraceLine& line, const Told& told) {
  return words_of<fact::FactsOfQuorum>(line, QuorumWords{told});
}

}  // namespace kafkascope::observe
