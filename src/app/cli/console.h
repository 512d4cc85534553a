// Standard output and standard error, as the program's commands write to them.
#pragma once
#include <ostream>
#include <streambuf>
#include <string>

#include "scenario/plain_text.h"

namespace kafkascope::cli {

/// While it lives, text written to the stream passes through scenario::PlainText: an escape sequence in a title cannot move the cursor.
class PlainOutput final : private std::streambuf {
 public:
  explicit PlainOutput(std::ostream& stream) : stream_(stream), under_(stream.rdbuf(this)) {}
  ~PlainOutput() override { stream_.rdbuf(under_); }
  PlainOutput(const PlainOutput&) = delete;
  PlainOutput& operator=(const PlainOutput&) = delete;

 private:
  std::streamsize xsputn(const char* text, std::streamsize size) override;
  int_type overflow(int_type c) override;
  int sync() override { return under_->pubsync(); }

  std::ostream& stream_;
  std::streambuf* under_;
  scenario::PlainText text_;
  std::string out_;
};

/// The command's exit status once its results are printed: `status`, or an error if printing failed.
int status_when_printed(int status);

}  // namespace kafkascope::cli
