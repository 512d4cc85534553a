#include "protocol/message.h"

#include <concepts>
#include <type_traits>

#include "protocol/all_messages.h"
#include "protocol/trace_code.h"

namespace kafkascope::protocol {
namespace {

template <class T>
concept HasFields = requires(const T& t) {
  t.fields();
};

// Visits every field of a message down to integers and text. Sink: number(int64, width in bytes), text(string_view),
// batch(...).
template <class Sink, class T>
void walk(Sink& sink, const T& v);

template <class Sink>
void walk_one(Sink& sink, const StoredBatch& b) {
  walk(sink, b.base_offset);
  walk(sink, b.leader_epoch);
  sink.batch(*b.data);
}
template <class Sink>
void walk_one(Sink& sink, const PartitionProduceData& d) {
  walk(sink, d.partition);
  sink.batch(*d.batch);
}
template <class Sink>
void walk_one(Sink& sink, const Endpoint& e) {
  walk(sink, e.node);
  if (!e.misleads()) return;
  walk(sink, e.misleads_brokers);
  walk(sink, e.misleads_clients);
}
template <class Sink>
void walk_one(Sink& sink, const QueueMessage& m) {
  walk(sink, m.id);
  walk(sink, m.deliveries);
  sink.batch(*m.batch);
}
template <class Sink>
void walk_one(Sink& sink, const QueueSendRequest& r) {
  walk_one(sink, r.message);
}
template <class Sink>
void walk_one(Sink& sink, const QueueDeliverRequest& r) {
  walk_one(sink, r.message);
}
template <class Sink>
void walk_one(Sink& sink, const ProduceRequest& r) {
  walk(sink, r.acks);
  walk(sink, r.timeout_ms);
  walk(sink, r.partitions);
  if (r.transactional_id.empty()) return;
  walk(sink, r.transactional_id);
  walk(sink, r.transaction_version);
}
template <class Sink>
void walk_one(Sink& sink, const InitProducerIdRequest& r) {
  walk(sink, r.producer_id);
  walk(sink, r.producer_epoch);
  if (r.transactional_id.empty()) return;
  walk(sink, r.transactional_id);
  walk(sink, r.transaction_timeout_ms);
}
template <class Sink>
void walk_one(Sink& sink, const FetchPartitionResponse& r) {
  walk(sink, r.partition);
  walk(sink, r.error);
  walk(sink, r.high_watermark);
  walk(sink, r.last_stable_offset);
  walk(sink, r.log_start_offset);
  walk(sink, r.diverging_epoch);
  walk(sink, r.diverging_end_offset);
  walk(sink, r.current_leader);
  walk(sink, r.current_leader_epoch);
  walk(sink, r.preferred_read_replica);
  walk(sink, r.batches);
  if (!r.aborted_transactions.empty()) walk(sink, r.aborted_transactions);
  if (r.cut_bytes > 0) sink.number(r.cut_bytes, r.cut_bytes);
}
template <class Sink>
void walk_one(Sink& sink, const FetchResponse& r) {
  walk(sink, r.error);
  walk(sink, r.session_id);
  walk(sink, r.partitions);
}
template <class Sink>
void walk_one(Sink& sink, const ApiVersionsRequest&) {
  sink.number(0, 25);  // the client software's name and version
}
template <class Sink>
void walk_one(Sink& sink, const ApiVersionsResponse& r) {
  walk(sink, r.error);
  sink.number(r.apis, 4 + 7 * r.apis);  // each with its oldest and newest version
}
template <class Sink>
void walk_one(Sink& sink, const Offset& o) {
  sink.number(o.value, 8);
}
template <class Sink>
void walk_one(Sink& sink, const LeaderEpoch& e) {
  sink.number(e.value, 4);
}
template <class Sink>
void walk_one(Sink& sink, const TopicPartition& p) {
  sink.number(p.topic, 16);  // a topic is sent as its 16-byte id
  sink.number(p.partition, 4);
}
template <class Sink>
void walk_one(Sink& sink, const IdList& ids) {
  sink.number(ids.size(), 4);
  for (BrokerId id : ids) sink.number(id, 4);
}
template <class Sink>
void walk_one(Sink& sink, const std::string& s) {
  sink.text(s);
}
template <class Sink, class T>
void walk_one(Sink& sink, const std::vector<T>& list) {
  sink.number(static_cast<std::int64_t>(list.size()), 4);
  for (const T& v : list) walk(sink, v);
}
template <class Sink, class A, class B>
void walk_one(Sink& sink, const std::pair<A, B>& p) {
  walk(sink, p.first);
  walk(sink, p.second);
}
template <class Sink>
void walk_one(Sink& sink, const SharedMetadataEntry& e) {
  walk(sink, *e);
}
template <class Sink>
void walk_one(Sink& sink, const Zxid& z) {
  sink.number(z.value, 8);
}
template <class Sink>
void walk_one(Sink& sink, const SharedZkOperation& o) {
  walk(sink, *o);
}
template <class Sink>
void walk_one(Sink& sink, const SharedZkResult& r) {
  walk(sink, *r);
}
template <class Sink>
void walk_one(Sink& sink, const SharedZkTxn& t) {
  walk(sink, *t);
}
template <class Sink>
void walk_one(Sink& sink, const std::shared_ptr<const ZkSnapshot>& s) {
  if (s != nullptr) sink.snapshot(*s);
}
template <class Sink>
void walk_one(Sink& sink, const MetadataRecord& r) {
  sink.number(static_cast<std::int64_t>(r.index()), 4);
  std::visit([&](const auto& record) { walk(sink, record); }, r);
}

template <class Sink>
void walk_one(Sink& sink, const FetchSnapshotResponse& r) {
  sink.number(static_cast<std::int64_t>(r.error), 2);
  sink.number(r.leader_id, 4);
  sink.number(r.leader_epoch.value, 4);
  sink.number(r.snapshot_end_offset.value, 8);
  sink.number(r.snapshot_epoch.value, 4);
  sink.number(r.size_bytes, static_cast<int>(r.size_bytes));  // the image's own size
}

template <class Sink, class T>
void walk(Sink& sink, const T& v) {
  if constexpr (HasFields<T>) {
    std::apply([&](const auto&... field) { (walk(sink, field), ...); }, v.fields());
    if constexpr (std::is_same_v<T, QuorumFetchResponse>)
      if (v.snapshot_end_offset.known()) walk(sink, std::pair(v.snapshot_end_offset, v.snapshot_epoch));
  } else if constexpr (std::is_same_v<T, TransactionVersion>) {
    sink.number(static_cast<std::int64_t>(v), 0);  // conveyed by the request's version
  } else if constexpr (std::is_enum_v<T>) {
    sink.number(static_cast<std::int64_t>(v), sizeof(T));
  } else if constexpr (std::is_integral_v<T>) {
    sink.number(static_cast<std::int64_t>(v), sizeof(T));
  } else {
    walk_one(sink, v);
  }
}

struct HashSink {
  sim::Hasher& hasher;
  void number(std::int64_t v, int) { hasher.put(v); }
  void text(std::string_view s) { hasher.put(s); }
  void batch(const RecordBatch& b) { hasher.put(static_cast<std::int64_t>(b.crc)); }
  void snapshot(const ZkSnapshot& s) { hasher.put(s.zxid().value), hasher.put(s.bytes()); }
};

struct SizeSink {
  std::uint32_t bytes = 0;
  void number(std::int64_t, int width) { bytes += static_cast<std::uint32_t>(width); }
  void text(std::string_view s) { bytes += 2 + static_cast<std::uint32_t>(s.size()); }
  void batch(const RecordBatch& b) { bytes += static_cast<std::uint32_t>(b.size_bytes); }
  void snapshot(const ZkSnapshot& s) { bytes += static_cast<std::uint32_t>(s.bytes()); }
};

}  // namespace

ApiKey Message::api() const { return kApiAt[body.index() / 2]; }
bool Message::is_response() const { return body.index() % 2 == 1; }

std::string_view name(ApiKey api) {
  switch (static_cast<int>(api)) {
    // clang-format off
#define KAFKASCOPE_ROW(name, number, place, request, response, newer, older) case number: return #name;
#define KAFKASCOPE_MORE(name, place, request, response)
    // clang-format on
    KAFKASCOPE_APIS(KAFKASCOPE_ROW, KAFKASCOPE_MORE)
#undef KAFKASCOPE_ROW
#undef KAFKASCOPE_MORE
  }
  return "?";
}

void hash_payload(sim::Hasher& hasher, const Message& message) {
  HashSink sink{hasher};
  sink.number(message.correlation_id, 4);
  sink.number(static_cast<std::int64_t>(message.body.index()), 4);
  if (message.throttle_time_ms != 0) sink.number(message.throttle_time_ms, 4);
  visit([&](const auto& body) { walk(sink, body); }, message.body);
}

std::uint32_t wire_size(const Message& message) {
  SizeSink sink{16};  // length, API key, version, correlation id, client id's length
  visit([&](const auto& body) { walk(sink, body); }, message.body);
  return sink.bytes;
}

ErrorCode* error_of(Body& body) {
  return visit(
      []<class T>(T& value) -> ErrorCode* {
        if constexpr (requires {
                        { value.error } -> std::same_as<ErrorCode&>;
                      })
          return &value.error;
        else return nullptr;
      },
      body);
}
const ErrorCode* error_of(const Body& body) {
  return visit(
      []<class T>(const T& value) -> const ErrorCode* {
        if constexpr (requires {
                        { value.error } -> std::same_as<const ErrorCode&>;
                      })
          return &value.error;
        else return nullptr;
      },
      body);
}

Body empty_response(const Body& request) {
  return visit([]<class Request>(const Request&) -> Body { return ResponseOf<Request>{}; }, request);
}

std::uint16_t trace_code(const Message& message) { return trace_code(message.api(), message.is_response()); }

}  // namespace kafkascope::protocol
