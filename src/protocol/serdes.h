// Serializers and deserializers: the only ones who know what a record's bytes mean. Kafka: org.apache.kafka.common.serialization.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace kafkascope::protocol {

/// Bytes as they are: no serializer is asked.
struct RawBytes {
  std::string bytes;
  friend bool operator==(const RawBytes&, const RawBytes&) = default;
};
/// What an application hands to send() as key or value: text, a whole number, a decimal one, or bytes.
using Plain = std::variant<std::string, std::int64_t, double, RawBytes>;

enum class Serde : std::uint8_t { String, Long, Double, ByteArray, ByteBuffer, Purchase };
/// Of Kafka's class names, or com.example.PurchaseSerializer and …Deserializer; nothing for others.
std::optional<Serde> serde_of_class(std::string_view class_name);

/// `fits` false: an object of another class, which the producer answers with SerializationException. No bytes: null.
struct Serialized {
  bool fits = true;
  std::optional<std::string> bytes;
};
/// Text fits String, the two byte serializers (its UTF-8) and Purchase ("book 2 1500": what, how many, cents; anything else becomes
/// null, as our class returns it); numbers fit Long (whole ones) and Double.
Serialized serialize(Serde serde, const std::optional<Plain>& value);

/// What a class would throw SerializationException for: Long and Double read eight bytes and nothing else, Purchase more than twelve;
/// text and bytes can be anything. `more`: bytes behind these that are not spelled out.
bool can_read(Serde serde, const std::optional<std::string_view>& bytes, std::int32_t more = 0);
/// What its SerializationException says of bytes that it cannot read.
std::string_view cannot_read(Serde serde);
/// Java's name of the class: java.lang.Long.
std::string_view java_class(const Plain& value);
constexpr bool reads_anything(Serde serde) {
  return serde == Serde::String || serde == Serde::ByteArray || serde == Serde::ByteBuffer;
}
/// What an application would print of them; they can be read.
std::string decoded(Serde serde, std::string_view bytes);
/// The eight bytes as a whole number, high byte first.
std::int64_t read_long(std::string_view eight);

}  // namespace kafkascope::protocol
