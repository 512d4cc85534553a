// The ledger's rows: which count, which word, which colour, good or bad. Pure.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "ui/palette.h"
#include "ui/ui.h"

namespace kafkascope::ui {

struct LedgerRow {
  words::Key name;
  Fate fate;
  std::string_view word;  // the word in the state document: "lost_acked"
  std::int64_t count = 0;
  bool bad = false;  // nonzero needs the warning sign
};

struct LedgerView {
  std::vector<LedgerRow> told, came;
  std::int64_t scale = 1;  // one scale for all bars
};

LedgerView build_ledger_view(const observe::FateCounts& counts);
/// The path of the most serious count that is red; if none is, of records delivered again. "": neither.
std::string worst_count(const observe::FateCounts& counts);
/// The ledger is in sight: W asks about its worst red count, if there is one.
void note_red_count(Ui& ui);

/// How many more of the ledger's chosen count the other world has; 0 also without a second world.
std::int64_t more_in_other_world(const Ui& ui);

/// Whether a producer has acks=0: its records are never acknowledged, and count as sent once their request is written.
bool has_unasked(const observe::Snapshot& world);
/// The name of a count for this world and the twin: "acked" only if every producer waits for responses.
words::Key name_of_count(const Ui& ui, words::Key name);

/// Whether the lesson points at that count: /ledger/acked, /ledger/by_client/shop/acked,
/// /ledger/by_group/billing/redelivered.
bool ledger_pointed_at(const Ui& ui, std::string_view of, std::string_view word);
/// The lesson's ring around a count.
void ring_ledger_count(Ui& ui, const Rect& at, std::string_view of, std::string_view word);
/// The same for a count of all records; a single producer's or group's counts are those of all records.
void ring_ledger_total(Ui& ui, const Rect& at, std::string_view word);
/// The counts that the lesson points at: "acked", "by_client/shop/acked", "by_group/billing/redelivered".
std::vector<std::string_view> counts_pointed_at(const Ui& ui);

/// In the fate's colour; for aborted records only an outline, as in the log strips.
void draw_ledger_bar(Ui& ui, const Rect& bar, Fate fate);

/// A fate in two runs at one moment.
struct CompareRow {
  words::Key name;
  std::int64_t original = 0, changed = 0;
  bool bad = false;
  std::string path{};  // of the question about it; empty: there is none
};

/// The producers' responses (`told`), or the outcome: differing rows first, then rows with a count, in the ledger's
/// order.
std::vector<CompareRow> build_compare_rows(const Comparison& comparison, bool told, std::size_t most);

/// A number of two runs, of which the changed one has that many more. A click on one that differs, or W while the pointer is on it, asks
/// why it is so where it is greater; if that has no answer, why the two part. One that is the same in both is chosen for W by a click.
void ask_about_difference(Ui& ui, Id id, const Rect& at, const std::string& path, std::int64_t more_in_b);

/// A metric of two worlds.
struct MetricRow {
  Words name;
  std::int64_t here = 0, there = 0;   // rounded, as shown
  std::string mbean = {}, path = {};  // as those of observe::Metric
};

/// The metrics that both worlds have; those that differ come first.
std::vector<MetricRow> build_metric_rows(const std::vector<observe::Metric>& here,
                                         const std::vector<observe::Metric>& there, std::size_t most);
/// The same for world A and world B.
std::vector<MetricRow> metric_rows_of_both(const Ui& ui, std::size_t most);

/// The path of the question about a metric (of observe::Metric: its MBean and its path). `node`: who reports it; empty: any node.
std::string metric_path(const std::string& mbean, const std::string& path, const std::string& node);

/// One ledger per producer and per group side by side: a column each, and one for all.
struct LedgerColumn {
  std::string name;  // of the producer or the group; empty: the column for all
  std::string acks;  // "acks=1"
  LedgerView rows;
  bool group = false;
  bool all() const { return name.empty(); }
};

struct LedgerTable {
  std::vector<LedgerColumn> columns;  // producers, groups, all
  std::vector<observe::SinkCounts> sinks;
  std::vector<std::size_t> told, came;  // rows to show, as indices of LedgerView's
  std::int64_t scale = 1;               // one scale for all bars of single producers
  std::size_t left_out = 0;             // producers and groups without a column
  std::size_t rows_left_out = 0;        // rows for which there is no room
};

/// Producers and groups have columns if there are several of them. Empty if neither have columns and there is no sink,
/// unless `single`: then one column for all. The rows and columns of the counts in `pointed` (counts_pointed_at) are
/// shown before others, even if they are zero.
LedgerTable build_ledger_table(const observe::Snapshot& world, std::size_t most_columns, std::size_t most_rows,
                               bool single = false, const std::vector<std::string_view>& pointed = {});
/// The columns' widths: equal ones, unless one of them is too narrow for its words and the others have room to spare.
std::vector<float> shared_widths(std::vector<float> needs, float all);
/// The width with which no head of a column is shortened.
float ledger_table_width(const Ui& ui, const LedgerTable& table, float em, bool plain);
/// Draws it with type size `em`; plain: without block titles and smaller type, for a projector. A click on a count
/// requests its records.
void draw_ledger_table(Ui& ui, const Rect& r, const LedgerTable& table, float em, bool plain = false);
/// The rows that transforms have written to tables outside Kafka: the width that they need, and their drawing.
float sinks_width(const Ui& ui, const std::vector<observe::SinkCounts>& sinks, float em);
void draw_sinks(Ui& ui, const Rect& r, const std::vector<observe::SinkCounts>& sinks, float em);

}  // namespace kafkascope::ui
