// The outcome of an application's calls: those requested by an action of the scenario or of a person, and the last
// transactional calls.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/time.h"

namespace kafkascope::client {

/// A transactional call of the application. Kafka: KafkaProducer.initTransactions and similar methods.
enum class TransactionalCall : std::uint8_t { Init, Begin, SendOffsets, Commit, Abort };

/// An action of the scenario or of a person on a producer: one transactional call, or one send() for each record.
struct AskedCalls {
  sim::Instant at;
  std::int64_t left = 0;                      // calls that have not returned
  bool dropped = false;                       // the program ended before all the calls were made
  std::string exception;                      // class of the last exception; "": no call threw one
  std::optional<std::uint32_t> first_record;  // number of the first record passed to send(); the others follow it
  std::uint32_t records = 0;
};
/// A transactional call that has returned.
struct ReturnedCall {
  TransactionalCall kind = TransactionalCall::Begin;
  std::string exception;  // the exception that the call threw; empty if none
};

/// Kept when the process ends.
class CallLog {
 public:
  /// Records an action that requests this many calls, and returns its index.
  std::int32_t ask(sim::Instant now, std::int64_t calls);
  /// A call of the action has returned, or thrown the exception. An index below 0: the program itself made the call.
  void answer(std::int32_t act, std::string_view exception);
  /// The action's next record is passed to send().
  void hand_over(std::int32_t act, std::uint32_t record);
  /// The program ends: no further call of any action is made.
  void drop();
  void returned(TransactionalCall kind, std::string exception);

  /// The actions, in their order.
  const std::vector<AskedCalls>& asked() const { return asked_; }
  /// The last transactional calls that have returned, oldest first; holds more calls than can return in one event.
  const std::vector<ReturnedCall>& last() const { return last_; }
  /// The number of transactional calls that have returned since the run began.
  std::uint64_t count() const { return count_; }

 private:
  std::vector<AskedCalls> asked_;
  std::vector<ReturnedCall> last_;
  std::uint64_t count_ = 0;
};

}  // namespace kafkascope::client
