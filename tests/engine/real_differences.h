// How a run of the engine may differ from a recording of a real cluster: what races decide is taken out, and everything else must be equal.
#pragma once
#include <string>
#include <utility>

#include "real_runs.h"

namespace kafkascope::real_runs {

enum class How {
  /// The records of two partitions of the input are taken in another order. Those of one partition stay in order; places, and what each call
  /// returned, stay. A record has its own epoch and sequence, or those of the record whose place it has: a producer gives both out as it sends.
  Order,
  /// Sends to several partitions are answered in another order, between the same calls.
  Answers,
  /// A record that waits in the accumulator while its transaction fails: it fails before or after sendOffsetsToTransaction, with the
  /// exception of that call or because of the abort.
  Accumulator,
  /// Partitions join a transaction in another order.
  Additions,
  /// Each line of the cluster is `real`, each line of the engine `here`.
  Instead,
  /// One line `real` of the cluster's is missing.
  Without
};

/// What differs, and why.
struct Differs {
  const char *run, *what;  // run: the case, for all its recordings, or one recording
  How how;
  const char* why;
  const char *real = nullptr, *here = nullptr;
};

/// The lines `what` of the cluster and of the engine, without that difference.
using Pair = std::pair<Lines, Lines>;
Pair without(const Differs& difference, const Seen& real, Pair lines);

/// Whether all samples, in order, can come from a partition that went through this history: each is a high watermark and the last stable offset
/// that was asked for after it. Of the steps in between any may be unseen, but not the first or the last.
bool may_be_samples(const Lines& samples, const Lines& history);

}  // namespace kafkascope::real_runs
