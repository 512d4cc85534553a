// The picture works with any snapshot and model: indices out of range, empty names, huge numbers.
#include <doctest/doctest.h>

#include <limits>

#include "ui/headless.h"

using namespace kafkascope;
using namespace kafkascope::ui;
using fixture::Moment;
using fixture::Scene;

namespace {

std::uint32_t next(std::uint32_t& seed) {
  seed = seed * 1664525u + 1013904223u;
  return seed >> 8;
}

int odd_index(std::uint32_t& seed) {
  constexpr int kOdd[] = {-1, -7, 0, 1, 2, 99, 100'000, std::numeric_limits<int>::max()};
  return kOdd[next(seed) % std::size(kOdd)];
}

std::int64_t odd_number(std::uint32_t& seed) {
  constexpr std::int64_t kOdd[] = {
      -1, 0, 1, 1'000'000'007, std::numeric_limits<std::int32_t>::max(), 4'000'000'000'000'000};
  return kOdd[next(seed) % std::size(kOdd)];
}

void spoil(observe::Snapshot& w, std::uint32_t seed) {
  auto sometimes = [&] { return next(seed) % 4 == 0; };
  for (observe::Node& n : w.nodes) {
    if (sometimes()) n.state = static_cast<observe::NodeState>(next(seed) % 8);
    if (sometimes()) n.kind = static_cast<observe::NodeKind>(next(seed) % 12);
    if (sometimes()) n.voter = static_cast<observe::VoterState>(next(seed) % 9);
    if (sometimes()) n.voted_for = odd_index(seed);
    if (sometimes()) n.id = odd_index(seed);
    if (sometimes()) n.isolated = true;
    if (sometimes()) n.session.total_us = odd_number(seed);
    if (sometimes()) n.session.remaining_us = odd_number(seed);
    if (sometimes()) n.name.clear();
    for (observe::Replica& r : n.replicas) {
      if (sometimes()) r.partition = odd_index(seed);
      if (sometimes()) r.role = static_cast<observe::ReplicaRole>(next(seed) % 7);
      if (sometimes()) r.log_end_offset = odd_number(seed);
      if (sometimes()) r.leader_epoch = odd_number(seed);
    }
    for (observe::Belief& b : n.beliefs) {
      if (sometimes()) b.partition = odd_index(seed);
      if (sometimes()) b.leader = odd_index(seed);
    }
  }
  for (observe::Partition& p : w.partitions) {
    if (sometimes()) p.leader = odd_index(seed);
    if (sometimes()) p.high_watermark = odd_number(seed);
    if (sometimes()) p.log_start_offset = odd_number(seed);
    if (sometimes()) p.log_end_offset = odd_number(seed);
    if (sometimes()) p.logs.clear();
    for (observe::ReplicaLog& log : p.logs) {
      if (sometimes()) log.log_end_offset = odd_number(seed);
      if (sometimes()) log.runs.clear();
      for (observe::LogRun& run : log.runs) {
        if (sometimes()) run.last_offset = odd_number(seed);
        if (sometimes()) run.keys.clear();
      }
    }
    for (observe::LogFlag& f : p.flags) {
      if (sometimes()) f.offset = odd_number(seed);
    }
  }
  for (observe::Message& m : w.messages) {
    if (sometimes()) m.from = odd_index(seed);
    if (sometimes()) m.to = odd_index(seed);
    if (sometimes()) m.partition = odd_index(seed);
    if (sometimes()) m.fraction = static_cast<float>(odd_index(seed));
    if (sometimes()) m.error = "NOT_LEADER_OR_FOLLOWER";
    if (sometimes()) m.held = true;
  }
  for (observe::Client& c : w.clients) {
    if (sometimes()) c.node = odd_index(seed);
    for (int& p : c.topics_partitions) {
      if (sometimes()) p = odd_index(seed);
    }
    if (sometimes()) c.accumulator.buffer_used = odd_number(seed);
    for (observe::QueuedBatches& q : c.accumulator.queues) {
      if (sometimes()) q.partition = odd_index(seed);
      if (sometimes()) q.batches = odd_index(seed);
      if (sometimes()) q.last_bytes = odd_number(seed);
    }
    for (observe::AssignedPartition& a : c.assigned) {
      if (sometimes()) a.partition = odd_index(seed);
      if (sometimes()) a.position = odd_number(seed);
      if (sometimes()) a.lag = odd_number(seed);
      if (sometimes()) a.fetch_state.clear();
    }
  }
  for (observe::Group& g : w.groups) {
    if (sometimes()) g.state = "CompletingRebalance";
    if (sometimes()) g.members.clear();
    for (observe::GroupPartition& p : g.partitions) {
      if (sometimes()) p.partition = odd_index(seed);
    }
  }
  for (int i = 0; i < 6; ++i) {
    w.links.push_back(
        {odd_index(seed), odd_index(seed), sometimes(), false, sometimes(), odd_number(seed), 0.1, sometimes()});
    w.lost.push_back({odd_index(seed), odd_index(seed), observe::Family::Produce, false, 0, 0.5f, "Produce"});
    w.leader_changes.push_back({odd_index(seed), odd_index(seed), odd_index(seed), 1, w.time_us});
  }
  for (observe::VoterLog& v : w.voters) {
    if (sometimes()) v.node = odd_index(seed);
    if (sometimes()) v.log_end_offset = odd_number(seed);
  }
  if (sometimes()) w.metadata = "zookeeper";
}

}  // namespace

TEST_CASE("a corrupt snapshot is drawn without a crash") {
  Headless h;
  h.dashboard.diagnostics().on = false;
  for (std::uint32_t seed = 1; seed <= 120; ++seed) {
    h.show(static_cast<Moment>(seed % 4), static_cast<Scene>(seed % 10));
    spoil(h.world, seed * 7919);
    h.size(seed % 3 == 0 ? 1920.f : 1280.f, seed % 3 == 0 ? 1080.f : 720.f);
    h.dashboard.set_layout(static_cast<Layout>(seed % 3));
    h.dashboard.state().tab = static_cast<Tab>(seed % kTabs);
    h.dashboard.state().tab_chosen = true;
    h.dashboard.state().filled = seed % 5 == 0;
    h.dashboard.state().selection = seed % 4 == 0   ? "billing-1"
                                    : seed % 4 == 1 ? "checkout"
                                    : seed % 2 == 0 ? "orders-1"
                                                    : "broker-1";
    h.move(static_cast<float>(seed * 37 % 1280), static_cast<float>(seed * 53 % 720));
    CAPTURE(seed);
    CHECK_NOTHROW(h.frame());
  }
}

TEST_CASE("empty models are drawn without a crash") {
  Headless h;
  h.world = {};
  h.lesson = {};
  h.time = {};
  h.log = {};
  for (int layout = 0; layout < 3; ++layout) {
    for (int tab = 0; tab < kTabs; ++tab) {
      h.dashboard.set_layout(static_cast<Layout>(layout));
      h.dashboard.state().tab = static_cast<Tab>(tab);
      h.dashboard.state().tab_chosen = true;
      CHECK_NOTHROW(h.frame());
    }
  }
}

TEST_CASE("a title, a paragraph or a name of a million characters does not slow the window down") {
  const std::string word(1'000'000, 'x');
  Headless h;
  h.dashboard.diagnostics().on = false;
  h.show(Moment::Elected, Scene::Held);
  h.lesson.title = h.lesson.step_title = {word, word};
  h.lesson.paragraphs = {{word, word}};
  h.world.nodes.back().name = word;
  for (int layout = 0; layout < 3; ++layout) {
    h.dashboard.set_layout(static_cast<Layout>(layout));
    CHECK_NOTHROW(h.frame());
  }
}
