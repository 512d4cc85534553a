// For ISRs (small ones, and those that are whole again), leaders, high watermarks and waiting records of lessons and stories, Why? names an act of the scenario; without that act the state
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

/// Whether all replicas run, and have what the leader has, or nearly so: otherwise the question is which of them has to leave.
bool all_keep_up(Session& session, const json& partition) {
  for (const json& id : partition["replicas"]) {
    const std::string number = std::to_string(id.get<int>());
    const json log = partition["logs"].value(number, json::object());
    if (state_in(session, "/nodes/broker-" + number + "/state") != "running" ||
        !log.value("log_end_offset", json()).is_number() || !partition["log_end_offset"].is_number() ||
        partition["log_end_offset"].get<std::int64_t>() - log["log_end_offset"].get<std::int64_t>() > 20)
      return false;
  }
  return true;
}

std::vector<Odd> odd_things(Session& session) {
  std::vector<Odd> found;
  const json partitions = state_in(session, "/partitions"), clients = state_in(session, "/clients");
  for (const auto& [name, p] : partitions.items()) {
    if (name.starts_with("__")) continue;
    const std::string path = "/partitions/" + name;
    if (p["isr"].size() < p["replicas"].size()) found.push_back({"isr", path + "/isr"});
    else if (p["partition_epoch"] > 0 && p["replicas"].size() > 1 && all_keep_up(session, p))
      found.push_back({"whole isr", path + "/isr"});
    if (p["leader"] != p["replicas"][0]) found.push_back({"leader", path + "/leader"});
    if (behind(p) > 20) found.push_back({"high_watermark", path + "/high_watermark"});
  }
  for (const auto& [name, c] : clients.items())
    if (c["kind"] == "producer" && c["waiting"].is_number() && c["waiting"].get<std::int64_t>() > 20)
      found.push_back({"waiting", "/clients/" + name + "/waiting"});
  return found;
}

bool has_member(const json& list, const json& id) { return std::find(list.begin(), list.end(), id) != list.end(); }

std::vector<json> out_of_isr(const json& partition) {
  std::vector<json> out;
  for (const json& id : partition["replicas"])
    if (!has_member(partition["isr"], id)) out.push_back(id);
  return out;
}

/// The same file with no other acts than those that move replicas or bring something up.
std::shared_ptr<const scenario::Scenario> moves_alone(const scenario::Scenario& original) {
  auto copy = std::make_shared<scenario::Scenario>(original);
  for (std::size_t i = 0; i < original.steps.size(); ++i) {
    const auto& command = original.steps[i].command;
    if (!command) continue;
    using cluster::Verb;
    const Verb verb = command->verb;
    if (verb == Verb::Reassign || verb == Verb::AddBroker || verb == Verb::Start || verb == Verb::CreateTopic) continue;
    copy = std::make_shared<scenario::Scenario>(*without(*copy, {static_cast<int>(i), "", false, ""}));
  }
  return copy;
}

/// Whether one of the replicas that are out of the ISR is in it in the other run. One that is no replica there was added by
/// the act that is taken out: it was that act's doing only if it is out without all other acts as well.
bool is_in_sync_there(Session& session, const std::string& thing, const json& here, const json& there) {
  for (const json& id : out_of_isr(here)) {
    if (has_member(there["isr"], id)) return true;
    if (has_member(there["replicas"], id)) continue;
    Session alone(moves_alone(session.scenario()), true);
    alone.run_until(session.now());
    if (!has_member(state_in(alone, thing)["isr"], id)) return true;
  }
  return false;
}

/// Whether the other run does not have that problem at the same moment.
bool is_gone(Session& session, Session& other, const Odd& odd) {
  const std::string thing = odd.path.substr(0, odd.path.rfind('/'));
  const json here = state_in(session, thing), there = state_in(other, thing);
  if (!there.is_object()) return true;
  if (odd.kind == "whole isr")
    return std::any_of(here["isr"].begin(), here["isr"].end(),
                       [&](const json& id) { return !has_member(there["isr"], id); });
  if (odd.kind == "isr") return is_in_sync_there(session, thing, here, there);
  if (odd.kind == "leader") return there["leader"] != here["leader"] || there["leader"] == there["replicas"][0];
  if (odd.kind == "high_watermark") return behind(there) * 4 <= behind(here);
  return there["waiting"].is_number() && is_cured(odd.path, here["waiting"], there["waiting"]);
}

}  // namespace

TEST_CASE(
    "the root cause of a small ISR, or of one that is whole again, another leader, a held high watermark or waiting records is an act; without that act the state is different") {
  std::vector<File> files;
  for (const char* folder : {"scenarios/replication", "scenarios/operations", "scenarios/controller", "scenarios/why"})
    for (File& file : files_below(folder)) files.push_back(std::move(file));
  for (File& file : files_below("tests/stories"))
    for (const char* part : {"isr", "slow", "follower", "leader", "zookeeper-broker", "disk", "link", "partition"})
      if (file.name.find(part) != std::string::npos) {
        files.push_back(std::move(file));
        break;
      }
  RootCheck check{&odd_things, &is_gone, {}, "tests/why/state_exceptions.txt"};
  // An ISR that has never been smaller, or was smaller only for a controlled shutdown that no other act ended, has no act behind it.
  check.without_act["whole isr"] = [](Session&, Session&, const Odd&) { return false; };
  const auto named = check_roots(check, files);
  CHECK((kSome > 1 || named.size() == 5));
}
