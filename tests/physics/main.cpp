// The physics hash: the events of a run (each event's key, kind and message) without the trace (no lines, no causes). A refactoring
// leaves it unchanged; scripts/physics compares two builds.
//   physics [--swarm SEEDS] FILE...   one line per file and variant: physics hash, hash of the final state document, events
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "engine/swarm.h"
#include "observe/model/state_document.h"
#include "protocol/message.h"
#include "scenario/load.h"
#include "scenario/session.h"

namespace {

using namespace kafkascope;

/// An observer between the world and its observation.
class Physics : public sim::Observer<protocol::Message> {
 public:
  explicit Physics(scenario::Session& session) : told_(session.observation()) { session.cluster().attach(this); }
  void on_event_executed(const sim::Executed& event, const protocol::Message* message) override {
    hash_.put(event.key.time.us);
    hash_.put(event.key.cls);
    hash_.put(event.key.counter);
    hash_.put(event.kind);
    hash_.put(event.node.index);
    hash_.put(event.peer.index);
    hash_.put(event.bytes);
    if (message != nullptr) hash_payload(hash_, *message);
    told_.on_event_executed(event, message);
  }
  void on_trace(const sim::TraceLine& line, const protocol::Message::Subject* subject) override {
    told_.on_trace(line, subject);
  }
  std::uint64_t digest() const { return hash_.digest(); }

 private:
  sim::Observer<protocol::Message>& told_;
  sim::Hasher hash_;
};

std::uint64_t hash_of(const std::string& text) {
  sim::Hasher hasher;
  hasher.put(std::string_view(text));
  return hasher.digest();
}

bool run(const std::string& name, const std::string& text, const std::string& variant) {
  scenario::Loaded loaded = scenario::load(text, {.variant = variant});
  if (!loaded.ok()) {
    std::fprintf(stderr, "%s %s: %s\n", name.c_str(), variant.c_str(),
                 loaded.problems.empty() ? "" : scenario::format(loaded.problems.front(), name).c_str());
    return false;
  }
  scenario::Session session(std::make_shared<scenario::Scenario>(std::move(*loaded.scenario)));
  Physics physics(session);
  session.run_to_end();
  nlohmann::json state = observe::state_at(session.moment(), "").value();
  std::printf("%s %s %016" PRIx64 " %016" PRIx64 " %" PRIu64 "\n", name.c_str(), variant.c_str(), physics.digest(),
              hash_of(state.dump()), session.events());
  return true;
}

bool run_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  const scenario::Loaded checked = scenario::check(text);
  if (!in || !checked.ok()) {
    std::fprintf(stderr, "%s can't be read, or isn't a scenario\n", path.c_str());
    return false;
  }
  bool ok = true;
  for (const auto& variant : checked.scenario->variants) ok = run(path, text, variant.id) && ok;
  return ok;
}

/// The same seeds as the tests' swarms: plain, with disks, with storage, over ZooKeeper, storage over ZooKeeper.
bool run_seeds(std::uint64_t seeds) {
  constexpr struct {
    const char* name;
    bool disks, zookeeper, storage;
  } kParts[] = {{"swarm", false, false, false},
                {"swarm-disks", true, false, false},
                {"swarm-storage", false, false, true},
                {"swarm-zookeeper", false, true, false},
                {"swarm-zookeeper-storage", false, true, true}};
  bool ok = true;
  for (const auto& part : kParts)
    for (std::uint64_t seed = 1; seed <= seeds; ++seed)
      ok = run(std::string(part.name) + "-" + std::to_string(seed),
               swarm::to_file(swarm::draw(seed, part.disks, part.zookeeper, part.storage)), "base") &&
           ok;
  return ok;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  bool ok = true;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i] == "--swarm" && i + 1 < arguments.size())
      ok = run_seeds(std::strtoull(arguments[++i].c_str(), nullptr, 10)) && ok;
    else ok = run_file(arguments[i]) && ok;
  }
  return ok ? 0 : 1;
}
