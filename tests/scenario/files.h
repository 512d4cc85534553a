// Reading test files and walking the repository.
#pragma once
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>

#include "support/places.h"

inline std::string read_text(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

inline std::filesystem::path source_path(const std::string& below) {
  return std::filesystem::path(source_root()) / below;
}

/// A small valid file without any warning; tests change one thing in it.
inline std::string good_text() {
  return R"({
  "format": 1,
  "id": "x",
  "kafka": "4.1",
  "cluster": {"brokers": 3, "controllers": 1},
  "topics": [{"name": "orders", "partitions": 3, "replication_factor": 3}],
  "clients": [
    {"id": "shop", "kind": "producer", "topic": "orders", "rate": "10/s"},
    {"id": "reader", "kind": "consumer", "topics": ["orders"], "config": {"group.id": "billing"}},
    {"id": "ops", "kind": "admin"}
  ],
  "steps": [
    {"at": "5s", "do": "crash", "node": "broker-1"}
  ],
  "until": "30s",
  "expect": [{"path": "/ledger/lost_acked", "equals": 0}]
}
)";
}

inline std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  if (at == std::string::npos) throw std::logic_error("not in the text: " + from);
  return text.replace(at, from.size(), to);
}
