// The ledger of a moment as plain numbers, and its words: for everything that prints or draws it.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>

#include "observe/snapshot.h"
#include "observe/state_document.h"

namespace kafkascope::observe {

struct FateRow {
  std::string_view word;  // in the state document, "lost_acked"
  Words name;
  std::int64_t FateCounts::*count = nullptr;
  bool reading = false;  // what consumers met: counted by group; else what became of records: counted by producer
  bool always = false;   // worth saying when it is zero
};

/// In the order in which they are read.
std::span<const FateRow> fate_rows();

/// All, by producer (in the order of the file) and by group. A consumer without a group is in `all` only.
Ledger ledger_of(const Moment& moment);

}  // namespace kafkascope::observe
