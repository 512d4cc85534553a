// The kinds of questions; each function returns nullopt if it has no answer to the path.
#pragma once
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "observe/why/telling.h"

namespace kafkascope::client {
class Consumer;
}

namespace kafkascope::storage {
struct LogOptions;
class PartitionLog;
}  // namespace kafkascope::storage

namespace kafkascope::observe {

struct Asked {
  const Story& story;
  std::string path;
  std::vector<std::string> parts;  // of the path
  nlohmann::json value;            // the value at the path; null: none
  const std::string& part(std::size_t i) const {
    static const std::string none;
    return i < parts.size() ? parts[i] : none;
  }
};

std::optional<Answer> why_partition(const Asked& asked);
std::optional<Answer> why_group(const Asked& asked);
/// Tells what a classic group waits for while its members join: a dead member's session, the initial delay, members that have not
/// joined again, or others.
void tell_join_phase(Telling& telling, const std::string& group);
/// Tells that the coordinator waits for the members to join again, and how long at most.
void tell_awaited_joins(Telling& telling, const std::string& group);
/// About a group that is in the trace but not in the state, because its coordinator does not respond.
std::optional<Answer> why_group_unknown(const Asked& asked);
/// Why the member is in the group: its own joining, not that of an earlier process of the same client.
std::optional<Answer> why_is_member(const Asked& asked);
/// About the id of a member, or what a group of a newer protocol keeps of it: its epoch, state, target …; nullopt: another field.
std::optional<Answer> why_member_value(const Asked& asked, const std::string& client, sim::NodeId node);
/// Why the client is not in the group; nullopt: there is no such client.
std::optional<Answer> why_no_member(const Asked& asked);
/// The client whose request made the member join at that line; not valid: none that the file declares. A static member's id begins with
/// its group.instance.id, which several processes may have used: the last one that joined with it is the member.
sim::NodeId joined_by(const Story& story, const sim::TraceLine& joined);
/// The client's group.instance.id; "": it has none, or the file declares no such client.
std::string instance_of(const Story& story, sim::NodeId client);
/// A member whose process has died: the group knows it until its session is over.
struct DeadMember {
  std::string member_id;
  sim::NodeId client;
  const sim::TraceLine* died = nullptr;  // null: it lives
  std::string instance_id;               // of a static member; "": a dynamic one
  /// Whether it is a static member that was closed: it does not leave its group (KIP-345).
  bool closed() const;
};
DeadMember dead_member(const Story& story, const nlohmann::json& member);
/// The member of the group that died last and keeps the group waiting: one that has sent its JoinGroup for the present rebalance does
/// not. `died` is null if there is none.
DeadMember dead_member_of(const Story& story, const std::string& group);
/// Says that the group waits for the dead member's session. `partition`: the one nobody reads meanwhile ("": not
/// named).
void tell_dead_member(Telling& telling, const std::string& group, const DeadMember& member,
                      const std::string& partition);
struct GroupSetting;
/// The setting that ends the session of a member that is silent since that line; 0: its value is unknown.
GroupSetting session_timeout(const Story& story, const std::string& group, const std::string& member_id,
                             std::uint64_t silent);
/// Whether no heartbeat of the client reaches the group's coordinator: it is silent, or cut off.
bool is_unheard_member(const Story& story, const std::string& group, sim::NodeId client);
/// In a group of KIP-848's protocol: tells who gets the partition that no member reads. That takes no other member than
/// the one that has to give it up. `group`: in the state document. False: nobody gets it, or another protocol.
bool tell_not_handed_over(Telling& telling, const nlohmann::json& group, const std::string& partition);
/// The member of such a group that still has to give the partition up; not valid: there is none.
sim::NodeId gives_up(const Story& story, const nlohmann::json& group, const std::string& partition);
/// Why a timer runs, and what comes at its end: /timers/<node>/<setting>. nullopt: the node has none with that setting now.
std::optional<Answer> why_timer(const Asked& asked);
/// Whether two nodes reach each other, and what hinders that: /links/<node>/<node>.
std::optional<Answer> why_link(const Asked& asked);
std::optional<Answer> why_client(const Asked& asked);
/// Why the consumer at the path has its partitions, or none.
Answer why_assignment(const Asked& asked, sim::NodeId node);
/// Tells that the group has removed the consumer, which has not heard of that and still has its assignment. False: the
/// consumer is a member, or has no assignment.
bool tell_no_member(Telling& telling, sim::NodeId node, const nlohmann::json& assignment);
/// The other clients of the client's group, and the line at which each joined or left it last before that line.
std::vector<std::pair<sim::NodeId, const sim::TraceLine*>> last_moves(const Story& story, sim::NodeId client,
                                                                      std::uint64_t before);
/// The line at which the node's present process began; 0: none.
std::uint64_t begun_at(const Story& story, sim::NodeId node);
/// What the calls of the admin client at the path wait for.
Answer why_admin_waits(const Asked& asked, std::int64_t calls);
/// Tells what the client's batches wait for; tells nothing if it has none.
void tell_batches(Telling& telling, const std::string& client);
/// About a consumer's value in one of its partitions: /clients/c/subscription/orders-0/lag; also /clients/c/positions/orders-0, if the
/// topic is deleted. nullopt: another field.
std::optional<Answer> why_subscription(const Asked& asked, sim::NodeId node);
/// The same of a share consumer.
std::optional<Answer> why_share_subscription(const Asked& asked, sim::NodeId node);
/// Why the records of the client at the path wait.
Answer why_waiting(const Asked& asked);
/// About the record that waited about that long at the leader until the in-sync replicas had it; nullopt: no record was so late.
std::optional<Answer> why_longest_produce(const Asked& asked, protocol::BrokerId leader, std::int64_t us);
/// About counters and times of the client; nullopt: the field is none of them.
std::optional<Answer> why_client_number(const Asked& asked, sim::NodeId node);
/// About what the file gives: `what` names it.
Answer why_given(const Asked& asked, const std::string& what);
Answer why_clock(const Asked& asked, sim::NodeId node);
/// The registration that gave the broker its epoch.
Answer why_broker_epoch(const Asked& asked, sim::NodeId node);
/// About `fenced` of a process that cannot be fenced.
Answer why_cannot_be_fenced(const Asked& asked, sim::NodeId node);
Answer why_believed_controller(const Asked& asked, sim::NodeId node);
/// How much of the metadata log the process has.
Answer why_metadata_of(const Asked& asked, sim::NodeId node);
/// About the log, the snapshots or the vote of a voter of the quorum.
Answer why_voters_log(const Asked& asked, sim::NodeId node);
/// What was the last change of the leader's log.
Answer why_log_end(const Asked& asked);
/// Tells why no record has come to the partition, which has never had one.
void tell_nothing_comes(Telling& telling, const std::string& partition);
/// The act after that line that replaced the broker's disk; null: there is none.
const sim::TraceLine* replaced_disk(const Story& story, sim::NodeId node, std::uint64_t since);
/// Which member leads a classic group, or why none leads the group.
Answer why_group_leader(const Asked& asked);
/// About the protocol of a group, or its assignor.
Answer why_group_protocol(const Asked& asked);
/// About the state that a partition's leader keeps for a share group: /groups/<group>/share/<partition>.
std::optional<Answer> why_share_state(const Asked& asked);
std::optional<Answer> why_node(const Asked& asked);
/// About a node's disk, and what is on it: /nodes/broker-1/disk.
Answer why_disk(const Asked& asked, sim::NodeId node);
/// When the broker flushes a log besides at a segment's end, each empty if it does not: flush.messages; flush.ms, with the flusher's
/// interval; flush.ms without a flusher that looks again.
struct FlushLimits {
  std::string messages, ms, interval, once;
};
FlushLimits flush_limits(const Story& story, sim::NodeId node, const storage::LogOptions& options);
/// Calls visit for each log that the broker keeps itself: it may not have heard yet that a topic is deleted.
void for_each_log(const Story& story, sim::NodeId node,
                  const std::function<void(protocol::TopicPartition, const storage::PartitionLog&)>& visit);
/// The bytes of the logs that the broker serves no longer and still has on its disk.
struct RemovedLogs {
  std::int64_t deleted = 0, stray = 0;
  std::set<sim::Instant> gone_at;  // when each of the deleted ones is gone; the stray ones stay
};
RemovedLogs removed_logs(const Story& story, sim::NodeId node);
/// Why the client or broker believes what it does about a partition's leader. The path: /clients or /nodes, the name, "belief",
/// "partitions", the partition; without the partition: about the first one of which the belief is wrong.
std::optional<Answer> why_belief(const Asked& asked);
std::optional<Answer> why_cluster(const Asked& asked);
/// About the quorum of controllers: /cluster/quorum and what is under it.
std::optional<Answer> why_quorum(const Asked& asked);
std::optional<Answer> why_topic(const Asked& asked);
std::optional<Answer> why_ledger(const Asked& asked);
/// Why the producer `of` has produced no more (if empty: the producer that was held up most); nullopt: no send() has
/// blocked.
std::optional<Answer> why_produced(const Asked& asked, const std::string& of);
std::optional<Answer> why_record_at(const Asked& asked);
std::optional<Answer> why_metric(const Asked& asked);
std::optional<Answer> why_event(const Asked& asked);
/// About a znode, or one that is gone. A server of the ensemble: /nodes/<server>/zookeeper; a session:
/// /cluster/zookeeper/sessions/<owner>.
std::optional<Answer> why_znode(const Asked& asked);
std::optional<Answer> why_zookeeper_server(const Asked& asked, sim::NodeId node);
std::optional<Answer> why_zookeeper_session(const Asked& asked);
/// What became of an act.
std::optional<Answer> why_act(const Asked& asked);
/// About a table outside Kafka.
std::optional<Answer> why_sink(const Asked& asked);
std::optional<Answer> why_invariants(const Asked& asked);
std::optional<Answer> why_transaction(const Asked& asked);

// Parts of several answers.

/// What Kafka throws for a call that the state of the transaction does not allow.
inline constexpr std::string_view kIllegalState = "IllegalStateException";

/// `without_adding`: not about replicas that a reassignment adds, which are none of those that a partition must have.
std::optional<Answer> why_isr(const Story& story, const std::string& path, const std::string& partition,
                              bool without_adding = false);
/// Why the eligible leader replicas of the partition are these (KIP-966).
std::optional<Answer> why_elr(const Story& story, const std::string& path, const std::string& partition);
/// Tells whom the partition, which has no leader, waits for.
void tell_awaits_leader(Telling& telling, const std::string& partition, const nlohmann::json& state);
/// Tells what keeps a replica that is out of the ISR from copying, or limits it; false: nothing does.
bool tell_kept_from_copying(Telling& telling, const std::string& partition, protocol::BrokerId follower);
/// Tells which replicas have to join the ISR before the partition's reassignment ends, and what keeps them from it.
void tell_move_waits(Telling& telling, const std::string& partition, const nlohmann::json& state);
/// Tells why that leader, which is not the first of the replicas any more, still leads; false: no reassignment has moved them.
bool tell_leads_since_move(Telling& telling, const std::string& partition, const nlohmann::json& state);
/// Tells what let a leader be elected that was not in the ISR, if that is certain: the ELR, or an unclean election.
void tell_elected_from_outside(Telling& telling, const sim::TraceLine& elected);
std::optional<Answer> why_leader(const Story& story, const std::string& path, const std::string& partition);
/// Tells what began the leader epoch, if no election did: under ZooKeeper the controller also raises it when it takes a
/// replica out of the ISR, or reassigns the partition. False: an election began it, or the cluster was formed with it.
bool tell_begun_epoch(Telling& telling, protocol::TopicPartition tp, std::int64_t epoch);
std::optional<Answer> why_watermark(const Story& story, const std::string& path, const std::string& partition);
std::optional<Answer> why_stable_offset(const Story& story, const std::string& path, const std::string& partition);
std::optional<Answer> why_lag(const Story& story, const std::string& path, const std::string& group,
                              const std::string& partition);
/// The lag of a whole group: its partitions with their lags, then why the group is behind in the one with the greatest
/// lag.
std::optional<Answer> why_lag_of_group(const Asked& asked, const std::string& group);
/// The group's last change that a person would name: a rebalance, a member that left, a new state.
const sim::TraceLine* last_change_of_group(const Story& story, const std::string& group);
/// Why a group has no lag: its members have committed all that can be read.
Answer why_nothing_behind(const Story& story, const std::string& path, const std::string& group,
                          const std::string& partition);
/// The broker from which the consumer reads the partition, as it believes; kNoBroker: it knows none.
protocol::BrokerId fetches_from(const client::Consumer& consumer, protocol::TopicPartition tp);
/// Tells what keeps the consumer from reading the partition at all: it does not run, the leader does not run, no
/// message gets through between them, or its group has removed it. False: nothing does.
bool tell_cannot_read(Telling& telling, sim::NodeId node, const std::string& partition, std::int64_t position);
/// Tells why a consumer that has read all it may gets nothing new: it has reached the high watermark or, with
/// read_committed, the last stable offset. False: nothing holds it.
bool tell_at_the_end(Telling& telling, sim::NodeId node, const std::string& partition, std::int64_t position);
/// Tells how far the reader gets with the partition: others come first, it went back, a broker delays its answers, or just its pace.
void tell_reads_on(Telling& telling, sim::NodeId client, const std::string& partition);
/// Tells that the reader fetches the partition from a broker that does not answer it; false: it gets answers.
bool tell_fetch_in_vain(Telling& telling, sim::NodeId reader, const std::string& partition);
/// Tells that the reader's Fetch has been at the broker for long, which collects fetch.min.bytes before it answers; false: not so.
bool tell_fetch_collects(Telling& telling, sim::NodeId reader, const std::string& partition);
/// Whether the consumer reads the partition from a former leader that does not know of its loss, and answers.
bool reads_from_former(const Story& story, sim::NodeId reader, protocol::TopicPartition tp);
/// Tells that the consumer does so. tell_former_end: if another broker leads, tells that the consumer has read all that
/// the former leader can return; false: it has not.
void tell_former_leader(Telling& telling, sim::NodeId reader, const std::string& partition);
bool tell_former_end(Telling& telling, sim::NodeId reader, const std::string& partition);
/// Tells what keeps the group's commits from its log, now or until shortly before; false: nothing does.
bool tell_commits_wait(Telling& telling, const std::string& group, sim::NodeId reader, const std::string& partition);
/// Tells that the coordinator has refused commits of the partition's earlier reader, if the group has committed nothing of it
/// since; false: it has refused none.
bool tell_earlier_refused(Telling& telling, const std::string& group, sim::NodeId reader, const std::string& partition);
/// Tells the act that has lost an OffsetCommit of the reader since the group's last commit of the partition; false: there is
/// none.
bool tell_commit_lost(Telling& telling, const std::string& group, sim::NodeId reader, const std::string& partition);
/// Tells that the coordinator has written a commit of the reader whose response was lost on its way a short time ago. As the
/// point of the answer it comes with the act that loses the response.
void tell_commit_unheard(Telling& telling, const std::string& group, sim::NodeId reader, Weight weight);
/// Tells that the reader, which commits asynchronously, has lost its connection to the coordinator since its last commit: it
/// commits nothing until it is connected again. Kafka: AbstractCoordinator.markCoordinatorUnknown. False: not so.
bool tell_commit_reconnects(Telling& telling, const std::string& group, sim::NodeId reader,
                            const std::string& partition);
/// What hinders the consumer now, as Story::hindrance says, but no act that loses only the responses to its commits: the
/// coordinator has written these.
const sim::TraceLine* hindrance_of_reader(const Story& story, sim::NodeId client);
/// Tells that the group's offset, which that line removes, has expired, or which act removed it.
void tell_removed_offset(Telling& telling, const sim::TraceLine& removed);
/// Tells that nobody read the partition for a while before the reader was assigned it, if much of the lag arose
/// meanwhile and the group has not committed all of that yet. Returns the line of the reader's assignment; null: that
/// is not the reason.
const sim::TraceLine* tell_nobody_read(Telling& telling, const std::string& group, sim::NodeId reader,
                                       const std::string& partition, std::int64_t lag);
/// The member that the group has lost during its present rebalance; null: none.
const sim::TraceLine* lost_in_rebalance(const Story& story, const std::string& group);
/// Why the group's last commit is so far back: the coordinator has changed, and that commit is the first since then; or
/// the partition had no leader, and the records that came with the new leader are not committed yet. Null: neither.
const sim::TraceLine* commits_late(const Story& story, const std::string& group, protocol::TopicPartition tp,
                                   sim::NodeId client);
/// Tells that the reader went back to records that it had read before, if it has not caught up since.
void tell_rewound(Telling& telling, const std::string& owner, protocol::TopicPartition tp, std::int64_t behind);
/// Says that the reader's application is blocked in commitSync(), and why; false: it is not, or not for long.
bool tell_commit_blocks(Telling& telling, const std::string& group, sim::NodeId reader, const std::string& partition);
/// Tells why there is no active controller, and what has to happen until there is one.
void tell_no_controller(Telling& telling);
std::optional<Answer> why_controller(const Story& story, const std::string& path);
/// About /cluster/controller_epoch, and the znode of that name.
Answer why_controller_epoch(const Asked& asked);
/// How far the log of the partition on that broker has got to the disk: /partitions/orders-0/logs/1/flushed_offset.
Answer why_flushed(const Asked& asked, const std::string& partition, sim::NodeId node);
/// The last leader epoch of that log: …/logs/1/leader_epoch.
Answer why_log_epoch(const Asked& asked, const std::string& partition, sim::NodeId node);
/// Its size, and whether its directory is offline: …/logs/1/size_bytes, …/logs/1/offline.
Answer why_log_size(const Asked& asked, const std::string& partition, sim::NodeId node);
Answer why_log_offline(const Asked& asked, const std::string& partition, sim::NodeId node);
/// The directory of that log: …/logs/1/dir; nullopt: it is in none, or the broker is down.
std::optional<Answer> why_log_dir(const Asked& asked, const std::string& partition, sim::NodeId node);
/// A record with a fate of the ledger; an empty fate: any outcome. `group`: for a fate of groups.
std::optional<Answer> why_fate(const Story& story, const std::string& path, std::int32_t client, std::uint32_t number,
                               std::string_view fate, const std::string& group);
/// If most of the records behind were sent before the group's last commit, and could be read only after it: tells since when, and
/// why the first of them came so late.
void tell_came_late(Telling& telling, const std::string& group, const std::string& partition, std::int64_t lag);
/// The same for a fate of groups ("redelivered", "skipped", "before_group", "delivered").
std::optional<Answer> why_read(const Story& story, const std::string& path, std::int32_t client, std::uint32_t number,
                               std::string_view fate, const std::string& group);
/// A record as a share group sees it.
struct SharedRecord {
  std::string group;
  protocol::TopicPartition tp;
  protocol::Offset offset;
};
/// Why the group got the record again, between the lines of two deliveries; `times`: the number of all deliveries.
/// False: the group is not a share group.
bool tell_shared_again(Telling& telling, const SharedRecord& r, const sim::TraceLine& first,
                       const sim::TraceLine& again, std::int64_t times);
/// Why the group no longer gets the record, though no member accepted it; `last`: the last delivery. False: the group
/// is not a share group.
bool tell_shared_skipped(Telling& telling, const SharedRecord& r, const sim::TraceLine& last);
struct WrittenRecord {
  RecordName record;
  protocol::TopicPartition tp;
  std::uint64_t written = 0;  // the line that first wrote it to a log
  std::string group;          // counts only members of that group; "": all readers
};
/// Tells every row that the record's readers wrote outside Kafka; returns whether one of them wrote it again. `first`:
/// the weight of a table's first row.
bool tell_written(Telling& telling, const WrittenRecord& r, Weight first);
/// Says that the group's table has no row of the record. Says nothing if the group writes to no table, or if another
/// reader wrote the row.
void tell_unwritten(Telling& telling, const WrittenRecord& r);
/// Tells that the topic of the producer's batches is gone; another one of its name may be there already. False: it is not.
bool tell_topic_gone(Telling& telling, const std::string& client, const std::string& partition);
/// Tells that the topic of that name is a new one with fewer partitions, and this is none of them. False: it is, or no
/// topic of the name was deleted.
bool tell_no_such_partition(Telling& telling, const std::string& client, const std::string& partition);
/// Why a log has the record twice: what made its producer send it again.
void tell_twice(Telling& telling, RecordName record);
/// Why a transaction was decided: the producer's call, a producer that took its place, or the coordinator after
/// transaction.timeout.ms. `decided` is the line of PrepareCommit or PrepareAbort; null: says nothing.
void tell_decided(Telling& telling, const std::string& id, const sim::TraceLine* decided);
/// Tells what fenced the producer and returns true, if the line is the failure of a fenced producer; otherwise says
/// nothing.
bool tell_fenced(Telling& telling, sim::NodeId producer, const sim::TraceLine& failed);
/// A transactional call whose request has no successful response yet, even if the call itself has timed out.
struct OpenCall {
  sim::NodeId client;
  std::string id;                  // the transactional.id
  std::string_view call, request;  // "commitTransaction()", "EndTxn"
};
std::optional<OpenCall> open_call(const Story& story, sim::NodeId producer);
/// The act that made the call; null: the program made it by itself.
const sim::TraceLine* act_of_open_call(const Story& story, const OpenCall& call);
/// Tells what keeps the transaction coordinator from answering; false: nothing is wrong with it, and nothing is added.
bool tell_call_waits(Telling& telling, const OpenCall& call);
/// Tells which of the producer's batches have no answer yet, and why: the call's request is sent only after their
/// answers.
void tell_unanswered(Telling& telling, const OpenCall& call);
/// Tells which metadata send() itself waits for, and why; false: it waits for none.
bool tell_blocked(Telling& telling, const std::string& client, sim::NodeId node, const nlohmann::json& accumulator);
/// Tells that send() waits for memory, if it does.
void tell_full_memory(Telling& telling, const std::string& client, const nlohmann::json& accumulator);
/// Tells the failure of a send() to a topic or a partition that does not exist; false: another failure, and nothing is
/// added.
bool tell_nothing_there(Telling& telling, const sim::TraceLine& failed);
/// Tells the limit for which the request was refused, if no act has changed it: no rule allows it, or the batch is
/// larger than the topic takes.
void tell_limit(Telling& telling, const sim::TraceLine& failed);
/// Tells that the leader refuses the producer's batches of the partition as too large, so that the producer splits them and sends
/// the parts; false: it has not since that line, or has taken some since.
bool tell_split_again(Telling& telling, sim::NodeId producer, protocol::TopicPartition tp, std::uint64_t since);
/// Whether the producer can send to the broker. Asked: a request is unanswered; Idle: it could send one; None: there is
/// no connection.
enum class Reach : std::uint8_t { Asked, Idle, None };
Reach reach_of(const Story& story, sim::NodeId producer, protocol::BrokerId broker);
/// Tells that the producer cannot connect to the broker to which its metadata sends the partition's batches; false: it
/// can, or awaits an answer from it.
bool tell_no_connection(Telling& telling, sim::NodeId producer, const std::string& partition,
                        protocol::BrokerId leader);
/// Tells that the batch failed because its leader advertised an address at which nothing listens.
void tell_misdirected(Telling& telling, const sim::TraceLine& failed);
void tell_no_topic(Telling& telling, const std::string& client, const std::string& topic);
void tell_no_partition(Telling& telling, const std::string& client, protocol::TopicPartition tp);
/// Tells which partitions of a decided transaction lack their markers, and what silences their leaders.
void tell_awaits_markers(Telling& telling, const nlohmann::json& transaction);
/// The two halves of that: which leaders refuse the marker, or cannot commit it, because too few replicas are in sync,
/// and why these are too few (returns the names of their partitions); what keeps the other markers from being written.
std::set<std::string> tell_refused_markers(Telling& telling, const nlohmann::json& transaction);
void tell_other_markers(Telling& telling, const nlohmann::json& transaction, const std::set<std::string>& told);
/// Tells the quota for which a broker delayed the client's last answers; says nothing if none did lately.
void tell_throttled(Telling& telling, sim::NodeId client);
/// Tells which records of a partition a share group still has to process, and which members have them.
void tell_shared_lag(Telling& telling, const std::string& group, const std::string& partition,
                     const nlohmann::json& state);
/// Tells which transaction keeps the committed offsets of the group from its members (UNSTABLE_OFFSET_COMMIT).
void tell_unstable_offsets(Telling& telling, const std::string& group, const sim::TraceLine& refused);
/// What hinders those replicas from copying from the leader now, or just before that line, each line once, the latest first.
std::vector<const sim::TraceLine*> hindered_copies(const Story& story, const std::vector<protocol::BrokerId>& replicas,
                                                   sim::NodeId leads, std::optional<std::uint64_t> before = {});
/// Tells why the high watermark of a partition has its value: which replicas it waits for, and since when.
void tell_watermark(Telling& telling, const std::string& partition);
/// Tells why the last stable offset of a partition has its value.
void tell_stable_offset(Telling& telling, const std::string& partition);
/// Tells which in-sync replicas are dead, cut off or behind, and what will take them out of the ISR; false: all have
/// kept up, and nothing is added.
bool tell_isr_holds(Telling& telling, const std::string& partition, protocol::BrokerId leader,
                    const std::vector<protocol::BrokerId>& isr);
/// In ZooKeeper mode: tells that the leader waits for its own write of an ISR, and what keeps the answer from it; false: it
/// writes none. Until then it holds the partition's lock (Partition.leaderIsrUpdateLock in 2.5).
bool tell_isr_write_waits(Telling& telling, const std::string& partition, sim::NodeId leads);
/// In ZooKeeper mode: tells that ZooKeeper let the leader write the smaller ISR of the line `left` only long after the
/// replica had fallen behind at the line `why`; says nothing if it did not.
void tell_late_isr_write(Telling& telling, const std::string& partition, const sim::TraceLine& left,
                         const sim::TraceLine& why);
/// Why a replica's log is short, or differs.
std::optional<Answer> why_replica(const Story& story, const std::string& path, const std::string& partition,
                                  protocol::BrokerId broker);
/// Whether the node can be fenced: only brokers can, and only under KRaft.
bool can_be_fenced(const cluster::Cluster& cluster, const std::string& node);
/// Tells why a process that still runs is about to end: who asked for it, and what it waits for.
void tell_shutting_down(Telling& telling, sim::NodeId node);
/// Tells that the broker has started and still reads its logs, and what makes its disk slow; false: it does not.
bool tell_loads_logs(Telling& telling, sim::NodeId node);
/// Tells that the broker is fenced because it has registered anew and has not caught up yet; false: that is not why.
bool tell_registered_fenced(Telling& telling, sim::NodeId node);
/// The time without a sign of the broker after which a controller fences it, or ZooKeeper expires its session.
std::int64_t broker_session_ms(const Story& story, protocol::BrokerId id);
/// Whether the process is dead or paused.
bool is_silent(const Story& story, sim::NodeId node);
/// Tells why the ISR was below min.insync.replicas just before that line: what took each replica out of it, and the act that set
/// the number.
void tell_too_few_in_sync(Telling& telling, protocol::TopicPartition tp, std::uint64_t before);
/// The same for a high watermark that cannot move now.
void tell_held_below_min_isr(Telling& telling, protocol::TopicPartition tp);
/// Tells that the leader takes no records with acks=all now; says nothing if the ISR is large enough. What made the ISR small is no
/// reason why that broker leads.
void tell_takes_none_now(Telling& telling, protocol::TopicPartition tp);
/// Tells why the replicas before the elected one could not be elected: what took them out of the ISR. The leader before is not among them.
void tell_passed_over(Telling& telling, protocol::TopicPartition tp, const sim::TraceLine& elected);
/// The same for a client's error NOT_ENOUGH_REPLICAS, with the ISR and the number; says nothing about other errors.
void tell_not_enough_replicas(Telling& telling, const sim::TraceLine& refused);
/// Whether the client gets no answer from the broker: the broker is silent, or cut off from the client. An invalid
/// client is cut off from no broker.
bool is_silent_for(const Story& story, sim::NodeId broker, sim::NodeId client);
/// What makes the broker silent now for messages of these purposes, or cuts it and the client off from each other. Null: nothing does.
const sim::TraceLine* kept_apart(const Story& story, sim::NodeId broker, sim::NodeId client, unsigned purposes);
/// The same, or what was so until shortly before: what makes the broker silent, or what cuts the two off from each other. Of
/// messages for these purposes. Null: nothing is known.
const sim::TraceLine* unheard_since(const Story& story, sim::NodeId broker, sim::NodeId client,
                                    unsigned purposes = traffic::kProducing);
/// Whether there is a broker or controller that could elect a leader or commit a change of an ISR; under ZooKeeper,
/// whether the ensemble can write it, or notice that a broker is gone.
bool can_elect(const Story& story);
/// If there is none: tells what keeps the others from it.
/// `rule`: the weight of how many votes a controller needs.
void tell_nobody_elects(Telling& telling, Weight rule = Weight::Point);
/// Tells what the voters of a quorum without a leader wait for.
void tell_awaits_quorum(Telling& telling, Weight rule = Weight::Point);
/// Tells that the ensemble has no leader, what silenced its servers, and what cannot happen until it has one.
void tell_no_ensemble(Telling& telling);
/// The present value at a path of the state document; null: there is none.
nlohmann::json state_of(const Story& story, const std::string& path);
/// A member of an object; null: there is none.
nlohmann::json part_of(const nlohmann::json& value, const std::string& key);
/// The number in a text of digits only; nullopt also if it does not fit 64 bits.
std::optional<std::uint64_t> whole_number(const std::string& text);
/// 0 if the value is not a number; "" if it is not a text.
std::int64_t whole_of(const nlohmann::json& value);
std::string text_of(const nlohmann::json& value);
/// A value as a person reads it: "a, b", "x=1, y=2"; "-": nothing.
std::string plain_value(const nlohmann::json& value);
/// "Why is broker-1 · rack a?"; of no value: "Why is broker-1 · rack empty?"
Question asks_value(const std::string& what, const nlohmann::json& value);
void for_each_entry(const nlohmann::json& object,
                    const std::function<void(const std::string&, const nlohmann::json&)>& visit);
protocol::TopicPartition partition_named(const Story& story, const std::string& name);

/// Whether it is a share group (KIP-932), which has no committed offsets.
bool is_share_group(const Story& story, const std::string& group);

/// The ids of brokers in a list of the state document, as an ISR or an ELR.
std::vector<protocol::BrokerId> brokers_in(const nlohmann::json& list);
bool has(const std::vector<protocol::BrokerId>& ids, protocol::BrokerId id);

}  // namespace kafkascope::observe
