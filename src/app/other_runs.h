// Runs of the same file in which one thing differs: the seed, a variant, a setting, a change that the lesson offers, a fault that is left out.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "app/run.h"

namespace kafkascope::app {

/// The file as text, and how it is loaded apart from what differs.
struct FileAsLoaded {
  const std::string& document;
  scenario::LoadOptions options;
};

/// Each is a run at its beginning, without an id or a parent; nullopt: the file cannot be loaded so.
std::optional<Run> with_seed(FileAsLoaded file, std::uint64_t seed);
std::optional<Run> with_variant(FileAsLoaded file, const std::string& id);
std::optional<Run> with_try(FileAsLoaded file, const scenario::TryNext& change);
/// `path`: of --set, "clients/shop/config/acks".
std::optional<Run> with_setting(FileAsLoaded file, const std::string& path, const std::string& value);
/// The same in both languages.
ui::Words mode_name(cluster::MetadataKind kind);
/// With ZooKeeper (Kafka 2.5) instead of KRaft, or the other way round. `problem`: why the file cannot be loaded so.
std::optional<Run> in_other_mode(FileAsLoaded file, bool zookeeper, ui::Words& problem);
/// Which act of a run: `number` as in TwinOffer, or 0 for the first one done at that time.
struct ActOfRun {
  std::int64_t at_us = 0, number = 0;
};
/// The numbers of a step of the run's script, and of an act by hand, counted from 0.
constexpr std::int64_t number_of_step(std::size_t step) { return static_cast<std::int64_t>(step) + 1; }
constexpr std::int64_t number_of_hand_act(std::size_t act) { return -static_cast<std::int64_t>(act) - 1; }
/// As `run`, but without that act. nullopt: there is none, or none that the run could be without.
std::optional<Run> without_act(FileAsLoaded file, const Run& run, ActOfRun which);

}  // namespace kafkascope::app
