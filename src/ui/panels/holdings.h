// A client's memory, for the inspector: a producer's accumulator, a consumer's partitions. One pure function prepares it, another one
// draws it.
#pragma once
#include <string>
#include <vector>

#include "ui/ui.h"

namespace kafkascope::ui {

/// A section of a bar, in the bar's units.
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
  std::int64_t units = 0;          // length of the whole bar; 0: no bar
  std::vector<HoldingPart> parts;  // sections from the left end
};

struct HoldingsView {
  words::Key title = "ui.hold_accumulator"_w;
  std::vector<Holding> limits, rows;
  int more = 0;  // rows left out
};

/// How a number of records beyond a consumer's position is written: "3 to read", "3 past LSO"; or "+3", "LSO +3".
enum class CountForm : std::uint8_t { Words, Brief };
std::string to_read_words(const Ui& ui, std::int64_t records, CountForm form);
std::string held_words(const Ui& ui, std::int64_t records, CountForm form);
/// Returns a partition without a name for an invalid index.
const observe::Partition& partition_at(const Snapshot& world, int index);
/// The accumulator of a producer, the partitions of a consumer, both of a transform; nothing for other nodes.
std::vector<HoldingsView> build_holdings(const Snapshot& world, Lang lang, const observe::Client& client);
/// Takes its lines from the column.
void draw_holdings(Ui& ui, Column& in, const HoldingsView& view);

}  // namespace kafkascope::ui
