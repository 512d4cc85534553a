// Runs of the same file in which one thing differs: the seed, a variant, a setting, a change that the lesson offers, a fault that is left out.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "app/run.h"

namespace kafkascope::app {

/// The file's text, and the options with which it is loaded; each function changes one thing.
struct FileAsLoaded {
  const std::string& document;
  scenario::LoadOptions options;
};

/// Each returns a run at its beginning, without an id or a parent; nullopt: the file cannot be loaded with that change,
/// and `problem` gets the reason.
std::optional<Run> with_seed(FileAsLoaded file, std::uint64_t seed, ui::Words* problem = nullptr);
std::optional<Run> with_variant(FileAsLoaded file, const std::string& id, ui::Words* problem = nullptr);
/// The title of the scenario's variant, else its id; empty for the file itself without a title of its own.
ui::Words variant_name(const scenario::Scenario& scenario);
/// `script`: the scenario that the change belongs to.
std::optional<Run> with_try(FileAsLoaded file, const scenario::TryNext& change, const scenario::Scenario& script,
                            ui::Words* problem = nullptr);
/// `path`: as for --set, "clients/shop/config/acks".
std::optional<Run> with_setting(FileAsLoaded file, const std::string& path, const std::string& value,
                                ui::Words* problem = nullptr);
/// The same text in both languages.
ui::Words mode_name(cluster::MetadataKind kind);
/// With ZooKeeper (Kafka 2.5) instead of KRaft, or the other way round. `problem`: why the file cannot be loaded in
/// that mode.
std::optional<Run> in_other_mode(FileAsLoaded file, bool zookeeper, ui::Words& problem);
/// Whether that is possible; if not, `problem` says why, or is empty: the file names another lesson for that mode.
bool runs_in_other_mode(const FileAsLoaded& file, bool zookeeper, ui::Words& problem);
/// Identifies an act of a run: `number` as in TwinOffer, or 0 for the first act at that time, or all faults of that time.
struct ActOfRun {
  std::int64_t at_us = 0, number = 0;
  bool all_faults = false;
};
/// The numbers of the script's steps and of acts by hand; both indices count from 0.
constexpr std::int64_t number_of_step(std::size_t step) { return static_cast<std::int64_t>(step) + 1; }
constexpr std::int64_t number_of_hand_act(std::size_t act) { return -static_cast<std::int64_t>(act) - 1; }
/// As `run`, but without that act. nullopt: there is no such act, or the run cannot be made without it.
std::optional<Run> without_act(FileAsLoaded file, const Run& run, ActOfRun which);

}  // namespace kafkascope::app
