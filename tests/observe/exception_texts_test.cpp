// Each error code has the message of Kafka's Errors.
#include "observe/exception_texts.h"

#include <doctest/doctest.h>

using namespace kafkascope;
using protocol::ErrorCode;

namespace {

constexpr ErrorCode kErrors[] = {
#define KAFKASCOPE_ROW(name, code, retriable, refresh) ErrorCode::name,
    KAFKASCOPE_ERRORS(KAFKASCOPE_ROW)
#undef KAFKASCOPE_ROW
};

}  // namespace

TEST_CASE("each error code has Kafka's message, in both versions, and an exception has that of its code") {
  for (const ErrorCode error : kErrors) {
    if (error == ErrorCode::NONE) continue;
    CAPTURE(protocol::name(error));
    for (const bool by_2_5 : {false, true}) {
      const std::string text = observe::kafka_message(error, by_2_5);
      CHECK(text.size() > 10);
      CHECK(text.find('_') ==
            text.find("NOT_LEADER_OR_FOLLOWER") + (text.find("NOT_LEADER") == std::string::npos ? 0 : 3));
    }
  }
  CHECK(observe::kafka_message(ErrorCode::NONE, false).empty());
  CHECK(observe::kafka_message("KafkaException", false).empty());
  CHECK(observe::kafka_message("RecordTooLargeException", false) ==
        observe::kafka_message(ErrorCode::MESSAGE_TOO_LARGE, false));
  CHECK(observe::kafka_message(ErrorCode::NOT_LEADER_OR_FOLLOWER, true) ==
        "This server is not the leader for that topic-partition.");
}
