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
/// With ZooKeeper (Kafka 2.5) instead of KRaft, or the other way round. `problem`: why the file cannot be loaded so.
std::optional<Run> in_other_mode(FileAsLoaded file, bool zookeeper, ui::Words& problem);
/// As `run`, but what a step or a person did at that time does not happen. nullopt: nothing was done then, or nothing that the run could be
/// without.
std::optional<Run> without_act(FileAsLoaded file, const Run& run, std::int64_t at_us);

}  // namespace kafkascope::app
