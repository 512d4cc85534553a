// The transaction in which a record was written, and how it ended in the record's partition.
#pragma once
#include <cstdint>
#include <string>

#include "client/transaction_states.h"
#include "observe/why/copies.h"
#include "observe/why/why_parts.h"

namespace kafkascope::observe {

struct ItsTransaction {
  using Line = Story::Line;
  protocol::ProducerId producer = protocol::kNoProducerId;  // none: not written, or not in a transaction
  protocol::TopicPartition partition;
  protocol::Offset offset;        // of the record
  std::string id;                 // transactional.id
  const Line* written = nullptr;  // the append that its copy comes from
  const Line* end = nullptr;      // the marker behind it in its log; null: it is open
  const Line* lost = nullptr;     // the marker that had ended it before, and is in no log any more
  const Line* taken = nullptr;    // of a lost marker: what took it away
  const Line* decided = nullptr;  // the decision that the record shares; null: none yet
  const Line* behind = nullptr;   // hanging: the marker of the transaction that had ended when the record arrived
  const Line* by_hand = nullptr;  // the operator's act that wrote the marker
  sim::NodeId sender;             // of a late marker: the coordinator of the previous transaction
  bool late_marker = false;       // the transaction ended before its decision: by the previous transaction's marker
  bool by_next = false;           // it ended only with a later transaction's marker: its own is not in that log
  bool aborted() const;
  bool hanging() const { return behind != nullptr; }
};

ItsTransaction transaction_of(const Story& story, const std::vector<Copy>& copies);
/// Tells how the transaction began, and what keeps it open. `where`: the partition that it holds; empty: the transaction itself
/// is asked about.
void tell_open(Telling& telling, const std::string& id, const std::string& where);
/// Tells what took the marker away that had ended it, if that marker is in no log any more.
void tell_lost_marker(Telling& telling, const ItsTransaction& transaction);
/// How it was decided and ended. `client`: the record's producer.
void tell_end(Telling& telling, const ItsTransaction& transaction, sim::NodeId client);
/// Why the application called abortTransaction(): a failure, or its plan.
void tell_own_abort(Telling& telling, const sim::TraceLine& call, const std::string& id);
/// The coordinator's timer found the transaction open for too long; `open_us`: for how long.
void tell_timed_out(Telling& telling, const std::string& id, const sim::TraceLine& decided, std::int64_t open_us,
                    std::int64_t timeout_us);
/// The act by which the node's application made its last such call before that line: "abort_transaction", with which its
/// producer comes to that state. Null: none; it has a plan of its own.
const sim::TraceLine* act_of_call(const Story& story, sim::NodeId node, std::string_view verb,
                                  client::TransactionState to, std::uint64_t before);
/// Why a reader of committed records got that record of an aborted transaction, with the line `read`.
void tell_read_aborted(Telling& telling, const ItsTransaction& transaction, const std::vector<Copy>& copies,
                       const sim::TraceLine* read);
/// Tells of the queue's messages (""; any queue) with that fate, which no producer of the ledger sent; false: there are
/// none, and nothing is added.
bool tell_messages(Telling& telling, std::string_view fate, const std::string& queue);
/// n of "every n-th transaction is aborted" in the client's plan; 0: none is.
std::int64_t planned_aborts(const Story& story, sim::NodeId client);

}  // namespace kafkascope::observe
