// The ledger's rows: which count, which word, which colour, good or bad. Pure.
#pragma once
#include <string_view>
#include <vector>

#include "ui/palette.h"
#include "ui/ui.h"

namespace kafkascope::ui {

struct LedgerRow {
  Str name;
  Fate fate;
  std::string_view word;   // of the state document: "lost_acked"
  std::int64_t count = 0;
  bool bad = false;        // nonzero needs the warning sign
};

struct LedgerView {
  std::vector<LedgerRow> told, came;
  std::int64_t scale = 1;  // one scale for all bars
};

LedgerView build_ledger_view(const observe::FateCounts& counts);

}  // namespace kafkascope::ui
