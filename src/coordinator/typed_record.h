// The records of a coordinator's topic. The key and the value of each kind of record are structs that list their fields
// once, with KAFKASCOPE_FIELDS. Four things are derived from these lists: how a record is encoded in the log, how it is
// decoded, its readable form, and its size in Kafka's own format.
//
//   struct OffsetCommitKey {                                at most 127 kinds in a topic
//     static constexpr RecordType kType = 1;                Kafka: CoordinatorRecordType
//     static constexpr std::string_view kName = "OffsetCommit";
//     std::string group; ...
//     KAFKASCOPE_FIELDS(group, ...)
//   };
//   struct OffsetCommitValue {
//     static constexpr bool kFlexible = true;               compact lengths and tagged fields (KIP-482)
//     ...
//   };
//   using OffsetCommitRecord = TypedRecord<OffsetCommitKey, OffsetCommitValue>;
//
// In the log a number is a zigzag varint; a text or a list is preceded by its length. Key and value are then padded
// with zeros to their length in Kafka, so that batches, segments and Fetch responses are as large as Kafka's, and
// neither the encoding nor the names of fields have any effect on time. A struct whose layout in Kafka is different
// computes its size itself:
//   std::int64_t kafka_size(const KafkaLayout& layout) const;
// A struct that lacks some of Kafka's fields declares their total size: static constexpr std::int64_t kFieldsNotKept.
#pragma once
#include <algorithm>
#include <bit>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "protocol/ids.h"
#include "protocol/metadata_image.h"
#include "protocol/records.h"
#include "sim/fields.h"

namespace kafkascope::coordinator {

using RecordType = std::uint8_t;

/// A key and, unless it is a tombstone, a value. Kafka: CoordinatorRecord.
template <class K, class V>
struct TypedRecord : K {
  using Key = K;
  using Value = V;
  std::optional<V> value;
  const K& key() const { return *this; }
};

/// Kafka's layout of a message, as its generated classes write it (org.apache.kafka.common.protocol).
struct KafkaLayout {
  const protocol::MetadataImage& topics;  // topics have names in Kafka and numbers in the structs here
  bool flexible = false;

  static std::int64_t varint(std::uint64_t n) { return (std::bit_width(n | 1) + 6) / 7; }
  /// The length before a text; null takes as many bytes as an empty text.
  std::int64_t text(std::size_t bytes) const {
    return static_cast<std::int64_t>(bytes) + (flexible ? varint(bytes + 1) : 2);
  }
  /// The length before a list or a byte array.
  std::int64_t count(std::size_t items) const { return flexible ? varint(items + 1) : 4; }
  /// A topic's name; empty if the topic no longer exists.
  std::string_view topic(protocol::TopicId id) const {
    const protocol::TopicImage* found = topics.topic(id);
    return found == nullptr ? std::string_view() : std::string_view(found->name);
  }
  /// The end of a struct: its number of tagged fields (none).
  std::int64_t end() const { return flexible ? 1 : 0; }
};

namespace record_codec {

template <class T>
constexpr bool is_number = std::is_integral_v<T> || std::is_enum_v<T>;
template <class T>
constexpr bool is_list = false;
template <class T>
constexpr bool is_list<std::vector<T>> = true;
template <class T>
constexpr bool is_optional = false;
template <class T>
constexpr bool is_optional<std::optional<T>> = true;
template <class T>
concept Wrapped = std::is_same_v<T, protocol::Offset> || std::is_same_v<T, protocol::LeaderEpoch>;

void put_number(std::string& out, std::int64_t n);

template <class T>
void put(std::string& out, const T& v) {
  if constexpr (is_number<T>) {
    put_number(out, static_cast<std::int64_t>(v));
  } else if constexpr (Wrapped<T>) {
    put_number(out, v.value);
  } else if constexpr (std::is_same_v<T, std::string>) {
    put_number(out, static_cast<std::int64_t>(v.size()));
    out += v;
  } else if constexpr (std::is_same_v<T, protocol::TopicPartition>) {
    put_number(out, v.topic);
    put_number(out, v.partition);
  } else if constexpr (is_list<T>) {
    put_number(out, static_cast<std::int64_t>(v.size()));
    for (const auto& item : v) put(out, item);
  } else if constexpr (is_optional<T>) {
    put_number(out, v ? 1 : 0);
    if (v) put(out, *v);
  } else {
    std::apply([&](const auto&... field) { (put(out, field), ...); }, v.fields());
  }
}

/// Reads the output of put(). `ok` becomes false if the input cannot be its output.
struct Reader {
  std::string_view rest;
  bool ok = true;

  std::int64_t number();
  template <class T>
  void take(T& v) {
    if constexpr (is_number<T>) {
      v = static_cast<T>(number());
    } else if constexpr (Wrapped<T>) {
      v.value = static_cast<decltype(v.value)>(number());
    } else if constexpr (std::is_same_v<T, std::string>) {
      const std::size_t size = length();
      v = std::string(rest.substr(0, size));
      rest.remove_prefix(size);
    } else if constexpr (std::is_same_v<T, protocol::TopicPartition>) {
      take(v.topic);
      take(v.partition);
    } else if constexpr (is_list<T>) {
      v.clear();
      for (std::size_t left = length(); left > 0 && ok; --left) take(v.emplace_back());
    } else if constexpr (is_optional<T>) {
      v.reset();
      if (number() != 0) take(v.emplace(typename T::value_type{}));
    } else {
      // fields() returns const references, but `v` itself is not const.
      std::apply([&](const auto&... field) { (take(const_cast<std::remove_cvref_t<decltype(field)>&>(field)), ...); },
                 std::as_const(v).fields());
    }
  }

 private:
  /// The length of a text or a list; each item of a list takes at least one byte.
  std::size_t length();
};

template <class T>
std::int64_t kafka_size(const T& v, const KafkaLayout& layout);

template <class T>
std::int64_t size_of_fields(const T& v, const KafkaLayout& layout) {
  std::int64_t size = layout.end();
  if constexpr (requires { T::kFieldsNotKept; }) size += T::kFieldsNotKept;
  std::apply([&](const auto&... field) { ((size += kafka_size(field, layout)), ...); }, v.fields());
  return size;
}
/// Calls f(topic, number of partitions) for each run of partitions of one topic.
template <class F>
void for_each_topic(const std::vector<protocol::TopicPartition>& list, F&& f) {
  for (std::size_t from = 0, to; from < list.size(); from = to) {
    for (to = from + 1; to < list.size() && list[to].topic == list[from].topic;) ++to;
    f(list[from].topic, to - from);
  }
}
inline constexpr std::int64_t kUuidSize = 16;
std::int64_t size_of_partitions(const std::vector<protocol::TopicPartition>& list, const KafkaLayout& layout);

template <class T>
std::int64_t kafka_size(const T& v, const KafkaLayout& layout) {
  if constexpr (requires { v.kafka_size(layout); }) {
    return v.kafka_size(layout);
  } else if constexpr (is_number<T> || Wrapped<T>) {
    return static_cast<std::int64_t>(sizeof(T));
  } else if constexpr (std::is_same_v<T, std::string>) {
    return layout.text(v.size());
  } else if constexpr (std::is_same_v<T, protocol::TopicPartition>) {
    return kUuidSize + 4;
  } else if constexpr (std::is_same_v<T, std::vector<protocol::TopicPartition>>) {
    return size_of_partitions(v, layout);
  } else if constexpr (is_list<T>) {
    std::int64_t size = layout.count(v.size());
    for (const auto& item : v) size += kafka_size(item, layout);
    return size;
  } else {
    return size_of_fields(v, layout);
  }
}

void fill_up(std::string& bytes, std::int64_t kafka_size);

}  // namespace record_codec

// ---- readable form

/// A record in readable form: "OffsetCommit group=billing topic=orders", "offset=42 leader_epoch=1".
struct ReadableRecord {
  std::string key;
  std::optional<std::string> value;
};

namespace record_codec {

void show_number(std::string& out, std::int64_t n);
void show_partition(std::string& out, protocol::TopicPartition tp, const protocol::MetadataImage& topics);
/// Returns the next name in KAFKASCOPE_FIELDS.
std::string_view next_name(std::string_view& names);

template <class T>
void show_fields(std::string& out, const T& v, const protocol::MetadataImage& topics);

template <class T>
void show(std::string& out, const T& v, const protocol::MetadataImage& topics) {
  if constexpr (requires { name(v); }) {
    out += name(v);
  } else if constexpr (is_number<T>) {
    if constexpr (std::is_same_v<T, std::uint64_t>) out += std::to_string(v);
    else show_number(out, static_cast<std::int64_t>(v));
  } else if constexpr (Wrapped<T>) {
    show_number(out, v.value);
  } else if constexpr (std::is_same_v<T, std::string>) {
    out += v;
  } else if constexpr (std::is_same_v<T, protocol::TopicPartition>) {
    show_partition(out, v, topics);
  } else if constexpr (is_list<T>) {
    const char* divider = "";
    for (const auto& item : v) {
      out += std::exchange(divider, ",");
      show(out, item, topics);
    }
  } else if constexpr (is_optional<T>) {
    if (v) show(out, *v, topics);
  } else {
    out += '(';
    show_fields(out, v, topics);
    out += ')';
  }
}

template <class T>
void show_fields(std::string& out, const T& v, const protocol::MetadataImage& topics) {
  std::string_view names = T::kFieldNames;
  const char* divider = "";
  const auto one = [&](const auto& field) {
    out += std::exchange(divider, " ");
    out += next_name(names);
    out += '=';
    show(out, field, topics);
  };
  std::apply([&](const auto&... field) { (one(field), ...); }, v.fields());
}

}  // namespace record_codec

// ---- whole records

/// Encodes the record for the log. The numbers of topics in its key are not translated into names, so a key is always
/// the same.
template <class Record>
protocol::Record encode_record(const Record& record, const protocol::MetadataImage& topics, std::int64_t timestamp_ms) {
  constexpr std::int64_t kVersionSize = 2;  // before key and value; the key's version is the record's type
  protocol::Record out;
  out.timestamp_ms = timestamp_ms;
  std::string& key = out.key.emplace(1, static_cast<char>(Record::Key::kType));
  record_codec::put(key, record.key());
  record_codec::fill_up(key, kVersionSize + record_codec::kafka_size(record.key(), KafkaLayout{topics, false}));
  if (!record.value) return out;
  record_codec::put(out.value.emplace(), *record.value);
  record_codec::fill_up(*out.value, kVersionSize + record_codec::kafka_size(
                                                       *record.value, KafkaLayout{topics, Record::Value::kFlexible}));
  return out;
}

template <class... Records>
protocol::Record encode_record(const std::variant<Records...>& record, const protocol::MetadataImage& topics,
                               std::int64_t timestamp_ms) {
  return std::visit([&](const auto& r) { return encode_record(r, topics, timestamp_ms); }, record);
}

/// nullopt: the record is none of these kinds. Kafka: CoordinatorRecordSerde, which logs and skips unknown records.
template <class Variant, std::size_t I = 0>
std::optional<Variant> decode_record(const protocol::RecordView& record) {
  if constexpr (I == std::variant_size_v<Variant>) {
    return std::nullopt;
  } else {
    using Record = std::variant_alternative_t<I, Variant>;
    if (!record.key || record.key->empty()) return std::nullopt;
    if (static_cast<RecordType>(record.key->front()) != Record::Key::kType)
      return decode_record<Variant, I + 1>(record);
    Record out{};
    record_codec::Reader key{record.key->substr(1)};
    key.take(static_cast<typename Record::Key&>(out));
    if (!key.ok) return std::nullopt;
    if (record.value) {
      record_codec::Reader value{*record.value};
      value.take(out.value.emplace());
      if (!value.ok) return std::nullopt;
    }
    return out;
  }
}

template <class Variant>
ReadableRecord readable_record(const Variant& record, const protocol::MetadataImage& topics) {
  return std::visit(
      [&](const auto& r) {
        using Key = typename std::remove_cvref_t<decltype(r)>::Key;
        ReadableRecord out{std::string(Key::kName) + " ", std::nullopt};
        record_codec::show_fields(out.key, r.key(), topics);
        if (r.value) record_codec::show_fields(out.value.emplace(), *r.value, topics);
        return out;
      },
      record);
}

}  // namespace kafkascope::coordinator
