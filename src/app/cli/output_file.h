// Output files of a command: either complete or absent.
#pragma once
#include <optional>
#include <string>

#include "app/cli/options.h"
#include "words/message.h"

namespace kafkascope::cli {

/// Prints on standard error what is wrong with the file; returns false.
bool complain(const std::string& file, words::Key what);
/// Prints the message for a name that leads to no file because its links form a circle.
void complain_of_link_circle(const std::string& file);

/// The file is written beside its place and moved there by keep(). If the program ends before that, by an error or a
/// signal, the place is unchanged. A device or a pipe is written directly.
class OutputFile {
 public:
  /// Call before the work whose result it will hold. Returns nullopt, and a message on standard error, if it cannot be
  /// written.
  static std::optional<OutputFile> begin(const std::string& file);
  OutputFile(OutputFile&& other) noexcept;
  OutputFile& operator=(OutputFile&&) = delete;
  ~OutputFile();

  /// The path to write to: absolute, with the requested extension.
  const std::string& path() const { return path_; }
  /// The file is complete: moves it to its place. Returns false (and a message) if that fails.
  bool keep();

 private:
  OutputFile(std::string file, std::string place, std::string path)
      : file_(std::move(file)), place_(std::move(place)), path_(std::move(path)) {}

  std::string file_;   // as requested
  std::string place_;  // the destination, with all links resolved
  std::string path_;
};

/// Writes the complete file to its place; on failure prints a message on standard error, returns false and leaves the
/// old file.
bool write_file(const std::string& file, const std::string& text);
/// Prints the message for a file whose writing failed midway; returns false.
bool could_not_write(const std::string& file);

/// Checks that no output of the command is one of its inputs, or another output, by any name; prints a message on standard error if one is.
bool outputs_are_apart(const Options& o);

}  // namespace kafkascope::cli
