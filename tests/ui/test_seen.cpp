// What is said is seen: what a message carries, and the ghosts of records that are gone.
#include <doctest/doctest.h>

#include <algorithm>

#include "ui/looks.h"
#include "ui/stage/messages.h"

using namespace kafkascope::ui;
using namespace kafkascope::observe;
using namespace kafkascope::words::literals;
using fixture::Moment;
using fixture::Scene;

namespace {

/// One message on its way from broker-3 (node 5) to broker-1 (node 3); the clock stands.
Message& only_message(Headless& h) {
  h.show(Moment::Before, Scene::First);
  h.time.playing = false;
  auto& messages = h.world.messages;
  const auto fetch = std::find_if(messages.begin(), messages.end(),
                                  [](const Message& m) { return m.family == Family::Replicate && !m.response; });
  messages = {Message(*fetch)};
  messages[0].records = 0;
  return messages[0];
}

Message& only_produce(Headless& h) {
  h.show(Moment::Before, Scene::First);
  h.time.playing = false;
  h.world.messages.resize(1);
  return h.world.messages[0];
}

}  // namespace

TEST_CASE("a Fetch request says from which offset and with which leader epoch it asks") {
  Headless h;
  Message& m = only_message(h);
  m.offset = 10, m.leader_epoch = 2, m.partitions = 1;
  for (const Layout layout : {Layout::Lesson, Layout::Workbench, Layout::Presenter}) {
    h.dashboard.set_layout(layout);
    CHECK(says(h, "Fetch orders-0 from 10, e2"));
    clean(h);
  }
  h.dashboard.set_layout(Layout::Lesson);
  h.dashboard.set_language(Lang::Ko);
  CHECK(says(h, "Fetch orders-0 10부터, e2"));
  clean(h);
}

TEST_CASE("a request about several partitions says how many more there are") {
  Headless h;
  Message& m = only_message(h);
  m.offset = 10, m.partitions = 3;
  CHECK(says(h, "Fetch orders-0 from 10, +2 more"));
}

TEST_CASE("a Produce request says its sequence and its producer's epoch") {
  Headless h;
  Message& m = only_produce(h);
  m.sequence = 5, m.producer_epoch = 1, m.producer_id = 7;
  CHECK(says(h, "Produce orders-0, 3 records, seq 5, producer e1"));
  clean(h);
  m.sequence = -1;
  CHECK(says(h, "Produce orders-0, 3 records"));
  CHECK_FALSE(says(h, "seq"));
}

TEST_CASE("a response says where its records begin, unless it is an error") {
  Headless h;
  Message& m = only_produce(h);
  std::swap(m.from, m.to);
  m.response = true, m.records = 0, m.offset = 31, m.fraction = .4f;
  CHECK(says(h, "Produce orders-0 offset 31"));
  m.error = "NOT_LEADER_OR_FOLLOWER";
  CHECK(says(h, "NOT_LEADER_OR_FOLLOWER"));
  CHECK_FALSE(says(h, "offset 31"));
}

TEST_CASE("in a lesson messages have captions only if there are few and they stay long enough to be read") {
  Headless h;
  Message& m = only_message(h);
  m.offset = 10, m.leader_epoch = 2;
  m.sent_us = h.world.time_us - 1000, m.arrives_us = h.world.time_us + 1000;
  h.time.playing = true;
  h.time.adapts = false;
  h.time.speed_ppm = 1'000'000;
  CHECK_FALSE(says(h, "from 10"));
  h.time.speed_ppm = 5'000;  // 2 ms take 0.4 s
  CHECK(says(h, "from 10"));
  h.time.playing = false;
  const Message one = m;
  for (int i = 1; i <= 4; ++i) {
    h.world.messages.push_back(one);
    h.world.messages.back().id += static_cast<std::uint64_t>(i);
  }
  CHECK_FALSE(says(h, "from 10"));
}

TEST_CASE("a message without numbers is called by its name in each layout, if few are on their way") {
  for (const Layout layout : {Layout::Lesson, Layout::Presenter})
    for (const Lang lang : {Lang::En, Lang::Ko}) {
      CAPTURE(static_cast<int>(layout));
      Headless h;
      h.size(1280, 720);
      h.dashboard.set_layout(layout);
      h.dashboard.set_language(lang);
      Message& m = only_produce(h);
      h.lesson.view.panels = {"stage"};
      h.lesson.view.point.clear();
      const std::string name = tr(lang, "ui.response_of"_w, {{"api", m.api}});
      m.response = true, m.records = 0, m.fraction = .5f;
      std::swap(m.from, m.to);
      CHECK(says(h, name));
      clean(h);
      const Message one = m;
      for (int i = 1; i <= 4; ++i) {
        h.world.messages.push_back(one);
        h.world.messages.back().id += static_cast<std::uint64_t>(i);
      }
      CHECK_FALSE(says(h, name));
    }
}

TEST_CASE("records lost in a power failure, and those deleted from the log's start, leave ghosts with a legend") {
  Headless h;
  h.show(Moment::Before, Scene::First);
  h.dashboard.set_layout(Layout::Lesson);
  h.lesson.view.panels = {"stage", "partitions"};
  CHECK(marks(h, "lost cell").empty());
  CHECK(marks(h, "deleted cell").empty());
  Partition& p = h.world.partitions[0];
  ReplicaLog& log = p.logs[1];
  LogRun lost;
  lost.base_offset = log.log_end_offset - 3, lost.last_offset = log.log_end_offset - 1, lost.leader_epoch = -1;
  lost.truncated = lost.lost = true;
  log.runs.push_back(lost);
  log.note = {"lost 3, never flushed: 10 to 12", "플러시 전에 3개 잃음: 10~12"};
  CHECK(marks(h, "lost cell").size() >= 3);
  CHECK(marks(h, "struck cell").empty());
  CHECK(says(h, "slashed: lost with the power"));
  CHECK(says(h, "lost 3, never flushed"));
  log.runs.pop_back();
  p.log_start_offset = 4;
  for (ReplicaLog& each : p.logs) {
    each.log_start_offset = 4;
    each.runs.front().base_offset = 4;
    LogRun deleted;
    deleted.base_offset = 0, deleted.last_offset = 3, deleted.leader_epoch = -1, deleted.deleted = true;
    each.runs.push_back(deleted);
  }
  p.flags.clear();
  CHECK(marks(h, "deleted cell").size() >= 4);
  CHECK(says(h, "dashed: deleted"));
}
