// For ISRs, leaders, high watermarks and waiting records of lessons and stories, Why? names an act of the scenario; without that act the state
// differs at that moment. States without such an act are listed with the reason (state_exceptions.txt).
#include <doctest/doctest.h>

#include "why/root_check.h"

using namespace kafkascope;
using namespace kafkascope::test;
using nlohmann::json;
using scenario::Session;

namespace {

std::int64_t behind(const json& partition) {
  return partition["high_watermark"].is_number() && partition["log_end_offset"].is_number()
             ? partition["log_end_offset"].get<std::int64_t>() - partition["high_watermark"].get<std::int64_t>()
             : 0;
}

std::vector<Odd> odd_things(Session& session) {
  std::vector<Odd> found;
  const json partitions = state_in(session, "/partitions"), clients = state_in(session, "/clients");
  for (const auto& [name, p] : partitions.items()) {
    if (name.starts_with("__")) continue;
    const std::string path = "/partitions/" + name;
    if (p["isr"].size() < p["replicas"].size()) found.push_back({"isr", path + "/isr"});
    if (p["leader"] != p["replicas"][0] && p["adding"].empty()) found.push_back({"leader", path + "/leader"});
    if (behind(p) > 20) found.push_back({"high_watermark", path + "/high_watermark"});
  }
  for (const auto& [name, c] : clients.items())
    if (c["kind"] == "producer" && c["waiting"].is_number() && c["waiting"].get<std::int64_t>() > 20)
      found.push_back({"waiting", "/clients/" + name + "/waiting"});
  return found;
}

/// Whether the other run does not have that problem at the same moment.
bool is_gone(Session& session, Session& other, const Odd& odd) {
  const std::string thing = odd.path.substr(0, odd.path.rfind('/'));
  const json here = state_in(session, thing), there = state_in(other, thing);
  if (!there.is_object()) return true;
  if (odd.kind == "isr")
    return there["isr"].size() > here["isr"].size() || there["isr"].size() == there["replicas"].size();
  if (odd.kind == "leader") return there["leader"] != here["leader"];
  if (odd.kind == "high_watermark") return behind(there) * 4 <= behind(here);
  return there["waiting"].is_number() && is_cured(odd.path, here["waiting"], there["waiting"]);
}

}  // namespace

TEST_CASE(
    "the root cause of a small ISR, another leader, a held high watermark or waiting records is an act; without that act the state is different") {
  std::vector<File> files;
  for (const char* folder : {"scenarios/replication", "scenarios/operations", "scenarios/controller", "scenarios/why"})
    for (File& file : files_below(folder)) files.push_back(std::move(file));
  for (File& file : files_below("tests/stories"))
    for (const char* part : {"isr", "slow", "follower", "leader", "zookeeper-broker", "disk", "link", "partition"})
      if (file.name.find(part) != std::string::npos) {
        files.push_back(std::move(file));
        break;
      }
  const auto named = check_roots({&odd_things, &is_gone, {}, "tests/why/state_exceptions.txt"}, files);
  CHECK(named.size() == 4);
}
