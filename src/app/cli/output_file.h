// Files that a command makes: whole, or not there.
#pragma once
#include <optional>
#include <string>

#include "app/cli/options.h"

namespace kafkascope::cli {

/// Written beside its place and moved there by keep(). What ends before, by an error or a signal, leaves the place as it was.
/// A device or a pipe is written as it is.
class OutputFile {
 public:
  /// Asked before the work whose result it will be. A message on standard error and nothing if it can't be written.
  static std::optional<OutputFile> begin(const std::string& file);
  OutputFile(OutputFile&& other) noexcept;
  OutputFile& operator=(OutputFile&&) = delete;
  ~OutputFile();

  /// Where to write meanwhile: absolute, with the extension that was asked for.
  const std::string& path() const { return path_; }
  /// It is whole. False (and a message) if it can't be moved to its place.
  bool keep();

 private:
  OutputFile(std::string file, std::string place, std::string path)
      : file_(std::move(file)), place_(std::move(place)), path_(std::move(path)) {}

  std::string file_;   // as it was asked for
  std::string place_;  // where it goes: behind all links
  std::string path_;
};

/// Whole in its place, or a message on standard error, false, and what was there stays.
bool write_file(const std::string& file, const std::string& text);
/// The message for a file that was begun and could not be written on; false.
bool could_not_write(const std::string& file);

/// No output of the command is one of its inputs, or another output, by whatever name; a message on standard error if one is.
bool outputs_are_apart(const Options& o);

}  // namespace kafkascope::cli
