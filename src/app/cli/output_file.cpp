#include "app/cli/output_file.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <utility>
#include <vector>

#include "app/cli/language.h"
#include "system/system.h"

namespace kafkascope::cli {

namespace fs = std::filesystem;

namespace {

/// The files that a signal handler must remove: it may use neither heap memory nor locks.
constexpr std::size_t kMostUnfinished = 4, kLongestPath = 4096;
std::array<std::array<char, kLongestPath>, kMostUnfinished> unfinished{};

void end_without_leftovers(int signal) {
  for (const auto& path : unfinished)
    if (path[0] != '\0') unlink(path.data());
  raise(signal);
}

void note_unfinished(const std::string& path) {
  for (auto& slot : unfinished) {
    if (slot[0] != '\0' || path.size() >= kLongestPath) continue;
    std::memcpy(slot.data() + 1, path.c_str() + 1, path.size());
    slot[0] = path[0];  // set last: from here on the handler removes the file
    break;
  }
  sys::before_the_end(end_without_leftovers);
}

void forget_unfinished(const std::string& path) {
  for (auto& slot : unfinished)
    if (path == slot.data()) slot[0] = '\0';
}

bool cannot_write(const std::string& file) { return complain(file, "cli.cannot_be_written"_w); }

}  // namespace

std::optional<OutputFile> OutputFile::begin(const std::string& file) {
  std::error_code error;
  const fs::file_status status = fs::status(file, error);
  if (fs::is_directory(status)) {
    complain(file, "cli.is_folder"_w);
    return std::nullopt;
  }
  if (status.type() == fs::file_type::none) {
    if (error == std::errc::too_many_symbolic_link_levels) complain_of_link_circle(file);
    else cannot_write(file);
    return std::nullopt;
  }
  const bool there = fs::exists(status);
  if (there && access(file.c_str(), W_OK) != 0) {
    cannot_write(file);
    return std::nullopt;
  }
  if ((there && !fs::is_regular_file(status)) || file.starts_with("/dev/")) return OutputFile(file, file, file);
  const fs::path place = fs::weakly_canonical(fs::absolute(file, error), error);
  const std::string path = place.empty() || !place.has_filename() ? std::string() : sys::make_beside(place);
  if (path.empty()) {
    cannot_write(file);
    return std::nullopt;
  }
  note_unfinished(path);
  return OutputFile(file, place.string(), path);
}

OutputFile::OutputFile(OutputFile&& other) noexcept
    : file_(std::move(other.file_)), place_(std::move(other.place_)), path_(std::exchange(other.path_, {})) {}

OutputFile::~OutputFile() {
  if (path_.empty() || path_ == place_) return;
  unlink(path_.c_str());
  forget_unfinished(path_);
}

bool OutputFile::keep() {
  if (path_ == place_) return true;
  std::error_code error;
  fs::rename(path_, place_, error);
  if (error) return could_not_write(file_);
  forget_unfinished(path_);
  path_ = place_;
  return true;
}

bool could_not_write(const std::string& file) { return complain(file, "cli.could_not_be_written_to_end"_w); }

bool write_file(const std::string& file, const std::string& text) {
  auto output = OutputFile::begin(file);
  if (!output) return false;
  std::ofstream out(output->path(), std::ios::binary);
  out << text;
  out.close();
  return out ? output->keep() : could_not_write(file);
}

bool outputs_are_apart(const Options& o) {
  std::error_code error;
  // A file that is not regular may be named several times: /dev/null.
  const auto same = [&](const std::string& a, const std::string& b) {
    if (fs::exists(a, error) && fs::exists(b, error))
      return fs::is_regular_file(a, error) && fs::equivalent(a, b, error);
    return fs::weakly_canonical(fs::absolute(a, error), error) == fs::weakly_canonical(fs::absolute(b, error), error);
  };
  std::vector<std::string> inputs = o.files;
  if (!o.with.empty()) inputs.push_back(o.with);
  std::vector<std::pair<const char*, std::string>> outputs;
  for (const auto& [option, file] :
       {std::pair("--out", o.out), std::pair("--junit", o.junit), std::pair("--trace", o.trace)}) {
    if (file.empty()) continue;
    if (std::any_of(inputs.begin(), inputs.end(),
                    [&, &written = file](const std::string& in) { return same(in, written); })) {
      std::cerr << option << " " << file << tr("cli.is_scenario_itself"_w);
      return false;
    }
    for (const auto& [other, taken] : outputs) {
      if (!same(taken, file)) continue;
      std::cerr << option << " " << file << tr("cli.is_written_already_by"_w) << other << tr("cli.name_another_file"_w);
      return false;
    }
    outputs.emplace_back(option, file);
  }
  return true;
}

}  // namespace kafkascope::cli
