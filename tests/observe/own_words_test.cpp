// The sentence of a fact with a header of its own takes the fact's fields by their names.
#include <doctest/doctest.h>

#include "observe/words/own_words.h"
#include "protocol/facts_of_queues.h"

using namespace kafkascope;

TEST_CASE("the fields of a fact are the arguments of its sentence") {
  struct Names final : observe::TraceNames {
    std::string node(sim::NodeId) const override { return "broker-1"; }
    std::string topic(protocol::TopicId) const override { return "orders"; }
    bool knows_topic(protocol::TopicId) const override { return true; }
  } names;
  const std::string who = "queue", place = "orders-0";
  const observe::Told told{who, place, names};
  using words::operator""_w;
  const auto stored = observe::words_of_own("event.queue.stored"_w, fact::QueueStored{7}, told);
  CHECK(stored.en == observe::both("event.queue.stored"_w, {{"who", "queue"}, {"depth", 7}}).en);
  CHECK(stored.ko == observe::both("event.queue.stored"_w, {{"who", "queue"}, {"depth", 7}}).ko);
  const auto returned = observe::words_of_own("event.queue.returned"_w, fact::QueueReturned{1, "packer"}, told);
  CHECK(returned.ko == observe::both("event.queue.returned"_w, {{"who", "queue"}, {"consumer", "packer"}}).ko);
}
