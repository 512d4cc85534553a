// The trace as a story: lines by kind, and the step back from a line to what led to it, as a person expects it. The chain of causes in the
// trace goes from message to message; here a fenced broker leads to its death, a rebalance to the member that left, a retry to the election.
#pragma once
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "observe/model/state_document.h"
#include "observe/why/traffic.h"
#include "observe/why/why.h"
#include "observe/words/message_acts.h"
#include "protocol/acl.h"
#include "protocol/errors.h"
#include "protocol/fact_texts.h"
#include "protocol/facts_of_cluster.h"
#include "protocol/facts_of_groups.h"
#include "protocol/facts_of_transactions.h"
#include "sim/facts_of_kernel.h"

namespace kafkascope::observe {

/// The partition that the line is about.
inline protocol::TopicPartition place_of(const sim::TraceLine& l) { return {l.topic, l.partition}; }

/// Whether `named`, a member as lines name it ("k1/7i2B…" in the newer protocols), has that member id.
inline bool means_member(std::string_view named, std::string_view id) {
  return named == id ||
         (!id.empty() && named.size() > id.size() && named.ends_with(id) && named[named.size() - id.size() - 1] == '/');
}
/// Whether an act's arguments name that topic (or a partition of it), partition, group or error.
bool mentions(std::string_view arguments, std::string_view thing);
/// Whether the coordinator decided to abort.
bool is_abort(const fact::TransactionState& f);
/// The line with the highest seq; null: all are null.
const sim::TraceLine* latest(std::initializer_list<const sim::TraceLine*> lines);

struct Copy;
class Story;
/// Why a queue's message came back: its consumer is silent, or the queue did not hear that it was done.
const sim::TraceLine* back_of_return(const Story& story, const sim::TraceLine& returned);

class Story {
 public:
  using Line = sim::TraceLine;

  explicit Story(const Moment& moment);

  const Moment& moment() const { return m_; }
  const cluster::Cluster& cluster() const { return m_.cluster; }
  const TraceStore& trace() const { return trace_; }
  const ClusterView& names() const { return names_; }
  std::uint64_t end() const { return trace_.size() == 0 ? 1 : trace_[trace_.size() - 1].seq + 1; }

  /// The last line of this kind of fact with seq < before for which fits(fact, line) holds; null: there is none.
  template <class F, class Fits>
  const Line* last(std::uint64_t before, Fits&& fits) const {
    const auto& of_kind = lines_of(sim::kind_of<F>());
    for (auto i = lower(of_kind, before); i > 0; --i)
      if (const Line& l = trace_[of_kind[i - 1]]; fits(as<F>(l), l)) return &l;
    return nullptr;
  }
  /// The first line of this kind of fact with seq > after for which fits(fact, line) holds; null: there is none.
  template <class F, class Fits>
  const Line* first(std::uint64_t after, Fits&& fits) const {
    const auto& of_kind = lines_of(sim::kind_of<F>());
    for (auto i = lower(of_kind, after + 1); i < of_kind.size(); ++i)
      if (const Line& l = trace_[of_kind[i]]; fits(as<F>(l), l)) return &l;
    return nullptr;
  }
  /// The number of lines of this kind of fact with seq < before for which fits(fact, line) holds.
  template <class F, class Fits>
  std::int64_t count(std::uint64_t before, Fits&& fits) const {
    std::int64_t n = 0;
    for (const std::uint32_t i : lines_of(sim::kind_of<F>()))
      if (trace_[i].seq < before && fits(as<F>(trace_[i]), trace_[i])) ++n;
    return n;
  }

  /// What led to the line: one step back, as a person would name it; null: nothing did, or only a timer (see timer_of).
  const Line* back(const Line& line) const;
  /// The line and all steps that led to it, oldest first.
  std::vector<const Line*> trail(const Line& line) const;
  /// What makes the node silent, slow or unreachable just before that line: a death, a pause, a failed disk, or an act
  /// that has not been reversed (a cut, a slow link or disk, slow work). `search`: which hindrances count. Null: there
  /// is none; `over` is then set to one that ended shortly before.
  const Line* hindrance(sim::NodeId node, std::uint64_t before, const Search& search = {},
                        const Line** over = nullptr) const;
  /// The same, or a hindrance that ended shortly before: its effects may come later.
  const Line* silence(sim::NodeId node, std::uint64_t before, const Search& search = {}) const;
  /// Whether an act of that kind hinders the node, and (end_of_act) the line that reverses the act; null: it lasts.
  bool hinders(const Line& command, sim::NodeId node) const;
  const Line* end_of_act(const Line& command, sim::NodeId node) const;
  /// The last act on the node's disk that still hinders it; null: none does.
  const Line* bad_disk(sim::NodeId node, std::uint64_t before) const;
  /// The command of that line, with all its fields; null: it was not recorded.
  const NumberedCommand* command_of(const Line& command) const;
  /// The last act with one of these verbs that names the node, or has the text in its arguments; not older than `since`.
  const Line* act_on(sim::NodeId node, std::initializer_list<std::string_view> verbs, std::uint64_t before,
                     std::uint64_t since = 0, std::string_view text = {}) const;
  /// The nodes of an act, with the roles as of the act; and whether this node is one of them.
  std::vector<sim::NodeId> nodes_of(const Line& command) const;
  bool involves(const Line& command, sim::NodeId node) const;
  /// Whether a timer that fired at most that many messages earlier led to the line.
  bool by_timer(const Line& line, int most_messages = 16) const;

  /// The leader just before seq; kNoBroker: none.
  protocol::BrokerId leader_at(protocol::TopicPartition tp, std::uint64_t seq) const;
  struct IsrState {
    const Line* line = nullptr;  // null: the ISR at the partition's creation
    protocol::IdList isr;
  };
  /// The ISRs that the partition has had, without repetitions, the oldest first.
  std::vector<IsrState> isr_history(protocol::TopicPartition tp) const;
  /// The ISR just before seq; nullopt: the partition did not exist yet.
  std::optional<IsrState> isr_before(protocol::TopicPartition tp, std::uint64_t seq) const;
  /// Whether the leader of a LeaderElected was not in the ISR: what it lacks is lost.
  bool elected_from_outside(const Line& elected) const;
  /// What led to an error for a partition at that client or broker. `search`: what the client asked for, and how long it
  /// waited in vain.
  const Line* back_of_error(protocol::ErrorCode error, protocol::TopicPartition tp, sim::NodeId client,
                            std::uint64_t before, const Search& search = {}) const;
  /// The last change of the setting that applies to the topic: the topic's own setting, or one of its leader or of all
  /// brokers (under `broker_key`, if the key has another name there). Null: the value is that of the file.
  const Line* setting_of(protocol::TopicPartition tp, std::string_view key, std::uint64_t before,
                         std::string_view broker_key = {}) const;
  /// Since when the ISR has been below min.insync.replicas: it has shrunk, or the setting was raised. Null: from the beginning.
  const Line* below_min_isr(protocol::TopicPartition tp, std::uint64_t before) const;
  /// The act that made a broker answer with this error; null: the error is genuine.
  const Line* injected(protocol::ErrorCode error, protocol::TopicPartition tp, sim::NodeId client,
                       std::uint64_t before) const;
  /// The last change of the ACLs that withdrew the permission behind the error; null: no rule ever allowed it.
  const Line* rule_against(protocol::ErrorCode error, protocol::TopicPartition tp, sim::NodeId client,
                           std::uint64_t before) const;
  /// The copies of one record, as copies_of() finds them: by an index of all records, which the first call makes.
  std::vector<Copy> copies(std::int32_t client, std::uint32_t number) const;
  /// Why that line removed the broker from the ISR or from its leadership.
  const Line* back_of_removal(protocol::BrokerId broker, const Line& line, protocol::BrokerId leader) const;

  /// What brought the node back.
  const Line* back_again(sim::NodeId node, std::uint64_t before) const;
  /// What gave the quorum or the ensemble a majority again between these lines; null: it had a majority all the time.
  const Line* majority_again(const std::vector<sim::NodeId>& voters, std::uint64_t after, std::uint64_t before) const;
  sim::NodeId broker_node(protocol::BrokerId id) const { return id < 0 ? sim::NodeId{} : cluster().broker_node(id); }
  /// The process that had that id just before seq: another one may have taken it since.
  sim::NodeId broker_node(protocol::BrokerId id, std::uint64_t before) const;
  /// The client of a member such as "billing-1". A static member is found by its group.instance.id, a bare member id of
  /// the newer protocols by the line of its joining.
  sim::NodeId client_of_member(std::string_view member) const;
  /// The client as the file declares it; null: the node is not a declared client.
  const cluster::ClientSpec* declared(sim::NodeId client) const;
  /// The first client of the file with that transactional.id.
  sim::NodeId client_with_transactions(std::string_view transactional_id) const;
  /// Whether the file says that the client writes to the topic, or reads it.
  bool is_of_client(sim::NodeId client, std::string_view topic) const;
  /// The group of a consumer; "" if none.
  std::string group_of(sim::NodeId client) const;

 private:
  const std::vector<std::uint32_t>& lines_of(sim::TraceKind kind) const;
  std::size_t lower(const std::vector<std::uint32_t>& of_kind, std::uint64_t seq) const;
  /// Up the chain of causes in the trace to the next line that matters. A timer ends the climb.
  const Line* climb(const Line& line) const;
  /// The last creation or deletion of a topic or partition in the group's subscription.
  const Line* change_of_topics(std::string_view group, std::uint64_t before) const;
  // One step back, by kind of fact.
  const Line* back_of_kernel(const Line& line) const;
  const Line* back_of_fenced(const Line& line) const;
  const Line* back_of_unfenced(const Line& line) const;
  const Line* back_of_election(const Line& line) const;
  const Line* back_of_isr(const Line& line) const;
  const Line* back_of_reassignment(const Line& line) const;
  const Line* back_of_topic(const Line& line) const;
  const Line* back_of_log_start(const Line& line) const;
  const Line* back_of_deletion(const Line& line) const;
  const Line* back_of_abort(const Line& line) const;
  const Line* back_of_group(const Line& line) const;
  const Line* back_of_client(const Line& line) const;
  const Line* back_of_quorum(const Line& line) const;
  unsigned worse_by(const Line& command, sim::NodeId node) const;
  /// Any line of the same instant (and cause) that says why the broker leaves.
  const Line* registration_change(protocol::BrokerId broker, const Line& line) const;

  const Moment& m_;
  const TraceStore& trace_;
  ClusterView names_;
  std::vector<std::vector<std::uint32_t>> by_kind_;
  struct Place {
    std::uint64_t record;          // client and number
    std::uint32_t written, index;  // in TraceStore::written(), and in that batch
  };
  mutable std::vector<Place> places_;  // sorted; empty until copies() is called
};

/// The line at which the session of that broker with ZooKeeper expired last; null: it has not.
const sim::TraceLine* session_lost(const Story& story, sim::NodeId broker, std::uint64_t before);
/// The controller with which a cluster under ZooKeeper begins, for which there is no line; not valid under KRaft.
sim::NodeId first_controller(const Story& story);
/// The active controller just before that line, or the last one there was; not valid: there was none.
sim::NodeId controller_before(const Story& story, std::uint64_t before);
/// The nodes that the reference meant before that line.
std::vector<sim::NodeId> nodes_meant(const Story& story, const cluster::NodeRef& ref, std::uint64_t before);
/// The names of the nodes that the act's sides meant then; the story must outlive the result.
SideNames names_at(const Story& story, const sim::TraceLine& command);

/// Whether the member left because its application had not called poll() for max.poll.interval.ms. Only a classic member of a
/// recent client says so itself.
bool by_poll_timeout(const Story& story, const sim::TraceLine& left);
/// The command of that line, with all its fields; null: it was not recorded.
const NumberedCommand* command_of(const Observation& observation, const sim::TraceLine& command);
/// min.insync.replicas of the partition just before that line; 0: unknown.
std::uint64_t min_isr_before(const Story& story, protocol::TopicPartition tp, std::uint64_t before);
/// For an act that loses or holds messages: for each message that it has stopped, the seq of the line before, oldest first.
std::vector<std::uint64_t> stopped_by_act(const Story& story, const sim::TraceLine& command);
/// Whether the line is an act that cuts the network.
bool is_cut(const sim::TraceLine& line);
/// Whether a replica with that hindrance copies nothing at all: neither slowness nor single lost messages.
bool stops_copies(const sim::TraceLine& hindrance);
/// Whether the line restores something: a start, a resumption, an act that repairs.
bool mends(const Story& story, const sim::TraceLine& line);
/// The act between those lines that holds back, loses or refuses the client's commits, sent in requests of their own or with a
/// transaction. Null: there is none.
const sim::TraceLine* held_commit(const Story& story, sim::NodeId client, std::uint64_t since, std::uint64_t before);
/// Whether the line is the death of a process that another one had replaced before `before`.
bool is_of_earlier_process(const Story& story, const sim::TraceLine& line, std::uint64_t before);
/// What removed records from the log of a partition of the topic between the two lines; null: nothing did.
const sim::TraceLine* loss_in(const Story& story, std::string_view topic, std::uint64_t after, std::uint64_t before);
/// The producer's exception that ended the program, which closed at that line; null: there was none.
const sim::TraceLine* fatal_before(const Story& story, const sim::TraceLine& closed);

/// The exception, for lack of a permission, with which a consumer's application ended by itself before that line. Null:
/// there was none.
const sim::TraceLine* refused_before(const Story& story, sim::NodeId client, std::uint64_t before);
/// The error in a response that made the client throw that exception; the line itself, if there was no such response.
const sim::TraceLine& error_behind(const Story& story, const sim::TraceLine& thrown);
/// The entry that was added or removed, by the act that did: the line's text cannot be split, because names may have spaces.
protocol::AccessControlEntry acl_of(const Story& story, const fact::AclChanged& changed);
/// The client's topics that the ACLs kept from it when it was refused last before that line, for an error that names none; its
/// only topic, if it has one.
std::vector<std::string> refused_topics(const Story& story, sim::NodeId client, std::uint64_t before);
/// The operation and the resource that an admin client was refused at that line: "Delete", "topic:pay"; empty: not known.
std::pair<std::string, std::string> right_of_admin(const Story& story, const sim::TraceLine& failed);
/// The leader's own change of the ISR, if it is that of which the controller hears at that line: in ZooKeeper mode the leader
/// writes the ISR, and the controller reads it later (isr_change_notification). Null: the line is another one.
const sim::TraceLine* heard_of(const Story& story, const sim::TraceLine& line);
/// The registration of a new process of the broker, if it is what made the controller write that change of a leader or an ISR; null:
/// it is not. Kafka: ReplicationControlManager.handleBrokerUncleanShutdown.
const sim::TraceLine* registration_behind(const Story& story, protocol::BrokerId broker, const sim::TraceLine& change);
/// The line at which the node's process of that moment began, the last one before that line; null: none had.
const sim::TraceLine* start_before(const Story& story, sim::NodeId node, std::uint64_t before);
/// The group's last rebalance before that line; null: there was none.
const sim::TraceLine* rebalance_before(const Story& story, std::string_view group, std::uint64_t before);
/// The operation on a topic for want of which the client's request was refused at that line: "Read".
std::string operation_on_topic(const Story& story, const sim::TraceLine& failed);
/// The change of the ACLs that allowed what had been refused to the client last. Null: nothing had, or it is still refused.
const sim::TraceLine* rule_that_allowed(const Story& story, sim::NodeId client, std::uint64_t before);
/// How many records of the partition could be read just before that line, the removed ones with them.
std::int64_t readable_before(const Story& story, protocol::TopicPartition tp, std::uint64_t before);
/// What removed the records at the consumer's position before it asked for them; null: its position is beyond the end.
const sim::TraceLine* records_gone(const Story& story, const sim::TraceLine& thrown);
/// The seq of the first line at that time, or later.
std::uint64_t seq_at(const Story& story, sim::Instant at);
/// The last delivery of a message with since <= seq < before for which fits(fact, line) holds. Null: there is none. The story has no
/// index of messages.
template <class Fits>
const sim::TraceLine* last_message(const Story& story, std::uint64_t before, std::uint64_t since, Fits&& fits) {
  const TraceStore& trace = story.trace();
  for (std::size_t i = trace.first_from(before); i > 0 && trace[i - 1].seq >= since; --i)
    if (const auto f = fact_if<fact::MessageDelivered>(trace[i - 1]); f && fits(*f, trace[i - 1])) return &trace[i - 1];
  return nullptr;
}
/// The change that set the quota which throttled the client at that line; null: there is none.
const sim::TraceLine* quota_of(const Story& story, const sim::TraceLine& throttled);
/// The last change of the partition's replicas: a step of a reassignment, or the act of one that only orders them anew, which
/// has no steps. Null: they are as they were from the beginning.
const sim::TraceLine* last_move(const Story& story, protocol::TopicPartition tp, std::uint64_t before);
/// The act that made the clock of the client or of the partition's leader wrong; null: both are right.
const sim::TraceLine* wrong_clock(const Story& story, sim::NodeId client, protocol::TopicPartition tp,
                                  std::uint64_t before);
/// The act by which the consumer paused (or resumed) the partition last.
const sim::TraceLine* pause_of(const Story& story, sim::NodeId client, std::string_view partition,
                               std::string_view verb = "pause_partitions");
/// Whether the broker's advertised.listeners named 127.0.0.1 to clients just before that line: each of them then looks for
/// it on its own machine. `by`: the restart that made it so; null: it has been so from the beginning.
struct Misdirection {
  bool misleads = false;
  const sim::TraceLine* by = nullptr;
};
Misdirection misdirection_of(const Story& story, sim::NodeId broker, std::uint64_t before);
/// Whether the partition existed just before seq.
bool existed(const Story& story, protocol::TopicPartition tp, std::uint64_t before);

/// The settings of a broker just before that line; of any other node, or none: those of the cluster's file.
protocol::Config config_before(const Story& story, sim::NodeId node, std::uint64_t before);
/// The settings of the client's process that ran just before that line, or ran last. The client is one that the file declares.
protocol::Config client_config(const Story& story, sim::NodeId client, std::uint64_t before);
/// The settings of the broker that led the partition just before that line.
protocol::Config leader_config(const Story& story, protocol::TopicPartition tp, std::uint64_t before);
/// The whole number that the text is; nullopt: the text is no number.
std::optional<std::int64_t> number_in(std::string_view text);
/// The client's value of a setting just before that line; "": its kind has no such setting. A client that the file does not
/// declare has the defaults.
std::string setting_of(const Story& story, sim::NodeId client, std::string_view key,
                       std::uint64_t before = std::numeric_limits<std::uint64_t>::max());
/// The last act before that line that changed the setting of the client; null: the value is that of the file.
const sim::TraceLine* setting_act(const Story& story, sim::NodeId client, std::string_view key, std::uint64_t before);
/// The client's transactional.id; "": it has none, or is of a kind that knows no such setting.
std::string transactional_id_of(const Story& story, sim::NodeId client);
/// The operator's act whose request made the coordinator abort the transaction at that line. `since`: the transaction began at
/// that line. Null: no operator did.
const sim::TraceLine* terminated_by(const Story& story, const sim::TraceLine& decided, std::uint64_t since);
/// The last TransactionState of that transactional.id before that line; null: there is none.
const sim::TraceLine* last_state_of_id(const Story& story, std::string_view transactional_id, std::uint64_t before);

/// The act that created the topic and gave it that setting, which has not been changed since. For a topic under ZooKeeper the trace has
/// no line of its own for the setting. Null: no act did.
const Story::Line* created_with(const Story& story, std::string_view topic, std::string_view key, std::uint64_t before);

}  // namespace kafkascope::observe
