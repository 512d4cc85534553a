// Runs the program as a process.
#pragma once
#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "support/places.h"

struct Ran {
  int status = -1;
  std::string out;
};

inline const std::string kEnglish = "LC_ALL=C LANG=C";
inline const std::string kKorean = "LC_ALL= LC_MESSAGES= LANG=ko_KR.UTF-8";

/// Standard output only, unless the arguments say otherwise.
inline Ran run(const std::string& arguments, const std::string& environment = kEnglish) {
  Ran r;
  FILE* pipe = popen((environment + " " + program_path() + " " + arguments).c_str(), "r");
  REQUIRE(pipe != nullptr);
  char buffer[4096];
  for (std::size_t n; (n = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;) r.out.append(buffer, n);
  const int status = pclose(pipe);
  r.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return r;
}

inline std::filesystem::path source(const std::string& below) { return std::filesystem::path(source_root()) / below; }
inline std::string lesson(const std::string& name) { return source("scenarios/" + name + ".json").string(); }
inline std::filesystem::path temporary(const std::string& name) {
  return std::filesystem::temp_directory_path() / ("kafkascope-cli-" + std::to_string(getpid()) + "-" + name);
}

inline std::string read(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

/// A file that is removed at the end of the test.
struct TemporaryFile {
  std::filesystem::path path;
  TemporaryFile(const std::string& name, const std::string& text) : path(temporary(name)) {
    std::ofstream(path, std::ios::binary) << text;
  }
  ~TemporaryFile() {
    std::error_code ignored;
    std::filesystem::remove(path, ignored);
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  std::string name() const { return path.string(); }
};

/// A one-second run of one small cluster, for tests about everything but the run.
inline std::string small_scenario(const std::string& more = "") {
  return R"({"format": 1, "id": "small", "title": {"en": "Small", "ko": "작은 것"}, "cluster": {"brokers": 1, "config": {"offsets.topic.replication.factor": 1}},
 "topics": [{"name": "orders", "partitions": 1, "replication_factor": 1}],
 "clients": [{"id": "shop", "kind": "producer", "topic": "orders", "rate": "10/s"}, {"id": "web", "kind": "producer", "topic": "orders", "rate": "5/s"}],
 "until": "2s")" +
         more + "}\n";
}
