// The messages of exceptions that a client counts without a message: Kafka's text for the code, or the text with which
// Kafka's client creates the exception. The text is read from the client when it throws, because the objects in it may
// be gone a moment later.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/errors.h"
#include "protocol/ids.h"
#include "sim/trace.h"

namespace kafkascope::cluster {
class Cluster;
}

namespace kafkascope::observe {

/// Kafka: Errors.message(); "" only for NONE.
std::string kafka_message(protocol::ErrorCode error, bool by_2_5);
/// The same for a class of exceptions ("RecordTooLargeException"); "" for a class that belongs to no code.
std::string kafka_message(std::string_view exception, bool by_2_5);

class ExceptionTexts {
 public:
  /// `line`: client.error or connection.lost.
  void on_trace(const sim::TraceLine& line, const cluster::Cluster& cluster);
  /// The exception's message; Kafka's text where the client gave none.
  std::string message_of(sim::NodeId client, sim::Instant at, const std::string& exception, const std::string& message,
                         bool by_2_5) const;

 private:
  /// The last error code that a client got in an answer, and the partitions that had it at that moment.
  struct Refused {
    sim::Instant at;
    protocol::ErrorCode error = protocol::ErrorCode::NONE;
    std::vector<protocol::TopicPartition> partitions;
  };
  struct Lost {
    sim::Instant at;
    sim::NodeId peer;
  };
  struct Told {
    sim::Instant at;
    std::string exception, message;
    std::string rest;  // the end of a message that closes with the error's text, which the client does not have
  };
  friend class ExceptionSource;
  std::map<std::int32_t, Refused> refused_;  // by node, like the others
  std::map<std::int32_t, Lost> lost_;
  std::map<std::int32_t, Told> told_;
};

}  // namespace kafkascope::observe
