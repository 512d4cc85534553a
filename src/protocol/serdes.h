// Serializers and deserializers. No other code interprets the bytes of a record. Kafka:
// org.apache.kafka.common.serialization.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace kafkascope::protocol {

/// Bytes passed through without a serializer.
struct RawBytes {
  std::string bytes;
  friend bool operator==(const RawBytes&, const RawBytes&) = default;
};
/// An application's key or value in send(): text, a whole number, a decimal one, or bytes.
using Plain = std::variant<std::string, std::int64_t, double, RawBytes>;

enum class Serde : std::uint8_t { String, Long, Double, ByteArray, ByteBuffer, Purchase };
/// The serializer of a class name: Kafka's class names, com.example.PurchaseSerializer and …Deserializer; nullopt for
/// others.
std::optional<Serde> serde_of_class(std::string_view class_name);

/// The result of serialize(). `fits` false: the object is of another class, and the producer throws
/// SerializationException. No bytes: null.
struct Serialized {
  bool fits = true;
  std::optional<std::string> bytes;
};
/// Text fits String, the two byte serializers (as UTF-8) and Purchase ("book 2 1500": article, quantity, cents; other
/// text becomes null, as that class returns); numbers fit Long (whole ones) and Double.
Serialized serialize(Serde serde, const std::optional<Plain>& value);

/// Whether the class can read the bytes without a SerializationException: Long and Double read exactly eight bytes,
/// Purchase more than twelve; text and bytes read anything. `more`: number of further bytes that exist but are not
/// stored.
bool can_read(Serde serde, const std::optional<std::string_view>& bytes, std::int32_t more = 0);
/// The text of the SerializationException for bytes that the class cannot read.
std::string_view cannot_read(Serde serde);
/// Java's name of the value's class, e.g. java.lang.Long.
std::string_view java_class(const Plain& value);
constexpr bool reads_anything(Serde serde) {
  return serde == Serde::String || serde == Serde::ByteArray || serde == Serde::ByteBuffer;
}
/// The bytes as an application would print them. They must be readable by the class.
std::string decoded(Serde serde, std::string_view bytes);
/// Reads eight bytes as a whole number, high byte first.
std::int64_t read_long(std::string_view eight);

}  // namespace kafkascope::protocol
