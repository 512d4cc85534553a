// The record from which a transform made another one, according to the lines of client/transform.h.
#include "observe/judge/lineage.h"

#include <doctest/doctest.h>

#include "protocol/all_facts.h"

using namespace kafkascope;
using namespace kafkascope::observe;

namespace {

constexpr std::int32_t kWriter = 10, kCopy = 20;
constexpr protocol::TopicPartition kIn{0, 0};

struct Pipe {
  Lineage lineage;
  protocol::BatchRef read;  // the producer's records 5, 6, 7 with keys "a", "b" and none

  Pipe() {
    lineage.add_transform(kCopy);
    protocol::RecordBatch batch;
    batch.client = kWriter;
    for (const auto& [number, key] : std::map<std::uint32_t, std::string>{{5, "a"}, {6, "b"}, {7, ""}}) {
      protocol::Record record;
      record.number = number;
      if (!key.empty()) record.key = key;
      record.value = "v";
      batch.records.push_back(record);
    }
    read = protocol::seal(std::move(batch));
  }
  template <sim::Fact F>
  void see(std::int32_t node, F fact, const protocol::TraceSubject* subject = nullptr) {
    sim::TraceLine line = sim::pack(std::move(fact));
    line.node = sim::NodeId{node};
    lineage.on_trace(line, subject);
  }
  void process(std::int64_t offset) {
    const protocol::TraceSubject subject{read.get(), protocol::Offset{100}};
    see(kCopy, fact::RecordProcessed{kIn, protocol::Offset{offset}, "copying"}, &subject);
  }
  void send(std::uint32_t number, const char* key) { see(kCopy, fact::RecordSent{kIn, number, key}); }
  RecordName input(std::uint32_t number) const { return lineage.input_of({kCopy, number}).value_or(RecordName{}); }
};

}  // namespace

TEST_CASE("a transform's outputs are matched in order with the inputs that it has processed") {
  Pipe pipe;
  pipe.process(100);
  pipe.process(101);
  pipe.send(0, "a");
  pipe.process(102);
  pipe.send(1, "b");
  pipe.send(2, "");
  CHECK(pipe.input(0) == RecordName{kWriter, 5});
  CHECK(pipe.input(1) == RecordName{kWriter, 6});
  CHECK(pipe.input(2) == RecordName{kWriter, 7});
  CHECK_FALSE(pipe.lineage.input_of({kCopy, 3}).has_value());
  CHECK(pipe.lineage.outputs_of({kWriter, 6}) == std::vector<RecordName>{{kCopy, 1}});
}

TEST_CASE(
    "an input that is processed again has a second output; an output that was not sent before a crash does not count") {
  Pipe pipe;
  pipe.process(100);
  pipe.send(0, "a");
  pipe.process(101);
  pipe.see(kCopy, fact::NodeDied{sim::Death::Crash});
  pipe.see(kCopy, fact::NodeStarted{1});
  pipe.process(100);
  pipe.send(1, "a");
  CHECK(pipe.lineage.outputs_of({kWriter, 5}) == std::vector<RecordName>{{kCopy, 0}, {kCopy, 1}});
  CHECK(pipe.lineage.outputs_of({kWriter, 6}).empty());
}

TEST_CASE("a record that was sent by hand, or set aside because it cannot be read, has no input") {
  Pipe pipe;
  pipe.process(100);
  pipe.send(0, "by hand");
  pipe.send(1, "a");
  pipe.send(2, "bad");
  CHECK_FALSE(pipe.lineage.input_of({kCopy, 0}).has_value());
  CHECK(pipe.input(1) == RecordName{kWriter, 5});
  CHECK_FALSE(pipe.lineage.input_of({kCopy, 2}).has_value());
}
