// What a client has in memory, for the inspector: a producer's accumulator, a consumer's partitions. Prepared by a pure function, drawn by another.
#pragma once
#include <string>
#include <vector>

#include "ui/ui.h"

namespace kafkascope::ui {

/// A stretch of a bar, in its units.
struct HoldingPart {
  enum class Kind : std::uint8_t { Taken, Done, Fetched, Waiting, Above };
  Kind kind = Kind::Taken;
  std::int64_t units = 0;
};

/// A limit, or one partition: its name, a number, words about it, a bar.
struct Holding {
  std::string name;
  std::string value;
  std::string words;  // below it; empty: none
  bool key = false;   // the name is a configuration key
  bool doubt = false;
  bool paused = false;
  std::int64_t units = 0;          // of the whole bar; 0: it has none
  std::vector<HoldingPart> parts;  // from its left end
};

struct HoldingsView {
  Str title = Str::HoldAccumulator;
  std::vector<Holding> limits, rows;
  int more = 0;  // rows left out
};

/// A nameless one for an index that is none.
const observe::Partition& partition_at(const Snapshot& world, int index);
/// Of a producer its accumulator, of a consumer its partitions, of a transform both. Nothing of whoever has neither.
std::vector<HoldingsView> build_holdings(const Snapshot& world, Lang lang, const observe::Client& client);
/// Returns the y of what follows.
float draw_holdings(Ui& ui, const Rect& r, float y, const HoldingsView& view);

}  // namespace kafkascope::ui
