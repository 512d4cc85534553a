#include "protocol/serdes.h"

#include <doctest/doctest.h>

#include "protocol/compression.h"
#include "protocol/records.h"

using namespace kafkascope::protocol;
using namespace std::string_literals;

TEST_CASE("serializers have Kafka's class names, except PurchaseSerializer") {
  CHECK(serde_of_class("org.apache.kafka.common.serialization.LongSerializer") == Serde::Long);
  CHECK(serde_of_class("org.apache.kafka.common.serialization.ByteBufferDeserializer") == Serde::ByteBuffer);
  CHECK(serde_of_class("com.example.PurchaseDeserializer") == Serde::Purchase);
  CHECK_FALSE(serde_of_class("org.apache.kafka.common.serialization.PurchaseSerializer").has_value());
  CHECK_FALSE(serde_of_class("com.example.LongSerializer").has_value());
  CHECK_FALSE(serde_of_class("LongSerializer").has_value());
}

TEST_CASE(
    "LongSerializer and DoubleSerializer write eight bytes with the high byte first; other lengths cannot be read") {
  CHECK(serialize(Serde::Long, Plain(std::int64_t{1500})).bytes == "\0\0\0\0\0\0\x05\xdc"s);
  CHECK(serialize(Serde::Long, Plain(std::int64_t{-1})).bytes == "\xff\xff\xff\xff\xff\xff\xff\xff"s);
  CHECK(serialize(Serde::Double, Plain(1.0)).bytes == "\x3f\xf0\0\0\0\0\0\0"s);
  CHECK(serialize(Serde::Double, Plain(std::int64_t{1})).bytes == "\x3f\xf0\0\0\0\0\0\0"s);
  CHECK(decoded(Serde::Long, "\0\0\0\0\0\0\x05\xdc"s) == "1500");
  CHECK(decoded(Serde::Double, "\x3f\xf8\0\0\0\0\0\0"s) == "1.5");
  CHECK(can_read(Serde::Long, "12345678"));
  CHECK_FALSE(can_read(Serde::Long, "1234567"));
  CHECK_FALSE(can_read(Serde::Double, ""));
  CHECK(can_read(Serde::Long, "", 8));
  CHECK_FALSE(can_read(Serde::Long, "", 100));
  CHECK(can_read(Serde::Long, std::nullopt));
}

TEST_CASE("a serializer refuses values of another class, keeps bytes unchanged and keeps null") {
  CHECK_FALSE(serialize(Serde::Long, Plain("1500"s)).fits);
  CHECK_FALSE(serialize(Serde::Long, Plain(1.5)).fits);
  CHECK_FALSE(serialize(Serde::String, Plain(std::int64_t{1})).fits);
  CHECK_FALSE(serialize(Serde::ByteArray, Plain(1.5)).fits);
  for (const Serde serde :
       {Serde::String, Serde::Long, Serde::Double, Serde::ByteArray, Serde::ByteBuffer, Serde::Purchase}) {
    CHECK(serialize(serde, Plain(RawBytes{"ab"})).bytes == "ab");
    CHECK(serialize(serde, std::nullopt).fits);
    CHECK_FALSE(serialize(serde, std::nullopt).bytes.has_value());
  }
}

TEST_CASE("the error texts of deserializers and the Java class names are Kafka's") {
  CHECK(cannot_read(Serde::Long) == "Size of data received by LongDeserializer is not 8");
  CHECK(cannot_read(Serde::Double) == "Size of data received by DoubleDeserializer is not 8");
  CHECK(java_class(Plain("a"s)) == "java.lang.String");
  CHECK(java_class(Plain(std::int64_t{1})) == "java.lang.Long");
  CHECK(java_class(Plain(1.5)) == "java.lang.Double");
  CHECK(java_class(Plain(RawBytes{"a"})) == "[B");
}

TEST_CASE("PurchaseSerializer: an object is read back from its bytes unchanged, with null for unknown fields") {
  const auto bytes = serialize(Serde::Purchase, Plain("book 2 1500"s)).bytes;
  REQUIRE(bytes.has_value());
  CHECK(bytes->size() == 16);
  CHECK(decoded(Serde::Purchase, *bytes) == "2 x book, 1500 cents");
  CHECK(can_read(Serde::Purchase, *bytes));
  CHECK_FALSE(can_read(Serde::Purchase, "twelve bytes"));
  for (const char* other : {"a gift", "book 2", "book two 1500", "book 2 -1", "book 2 1500 more", " 2 1500"}) {
    CAPTURE(other);
    const Serialized out = serialize(Serde::Purchase, Plain(std::string(other)));
    CHECK(out.fits);
    CHECK_FALSE(out.bytes.has_value());
  }
}

TEST_CASE("compression: larger batches compress better, zstd compresses best, and small batches may grow") {
  CHECK(parse_compression("zstd") == Compression::Zstd);
  CHECK(parse_compression("uncompressed") == Compression::None);
  CHECK_FALSE(parse_compression("producer").has_value());
  for (const Compression codec : {Compression::Gzip, Compression::Snappy, Compression::Lz4, Compression::Zstd}) {
    double before = 2;
    for (std::int32_t bytes = 128; bytes < 1000000; bytes = bytes * 5 / 4) {
      const double ratio = static_cast<double>(compressed_size(codec, bytes)) / bytes;
      CHECK(ratio <= before + 0.01);
      before = ratio;
    }
    CHECK(before < 0.4);
    CHECK(compress_ns(codec, 1000) >= decompress_ns(codec, 1000));
  }
  CHECK(compressed_size(Compression::None, 12345) == 12345);
  CHECK(compressed_size(Compression::Zstd, 16384) < compressed_size(Compression::Lz4, 16384));
  CHECK(compressed_size(Compression::Lz4, 128) > 128);
  CHECK(compressed_size(Compression::Gzip, 0) == 0);
  CHECK(compress_ns(Compression::Gzip, 1000) > compress_ns(Compression::Zstd, 1000));
}

TEST_CASE("a compressed batch is smaller on the wire, has another CRC, and the same records") {
  RecordBatch batch;
  for (int i = 0; i < 100; ++i) {
    Record r;
    r.key = "key";
    r.value = "";
    r.filler = 100;
    batch.records.push_back(r);
  }
  const auto plain = seal(batch);
  batch.compression = Compression::Gzip;
  const auto packed = seal(batch);
  CHECK(plain->size_bytes == 61 + plain->uncompressed_bytes());
  CHECK(packed->uncompressed_bytes() == plain->uncompressed_bytes());
  CHECK(packed->size_bytes == 61 + compressed_size(Compression::Gzip, plain->uncompressed_bytes()));
  CHECK(packed->size_bytes < plain->size_bytes / 3);
  CHECK(packed->crc != plain->crc);
  CHECK(seal(*plain)->crc == plain->crc);
}
