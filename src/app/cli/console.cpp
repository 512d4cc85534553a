#include "app/cli/console.h"

#include <algorithm>
#include <cstdio>
#include <iostream>

#include "app/cli/language.h"

namespace kafkascope::cli {

std::streamsize PlainOutput::xsputn(const char* text, std::streamsize size) {
  out_.clear();
  text_.put({text, static_cast<std::size_t>(size)}, out_);
  const auto whole = static_cast<std::streamsize>(out_.size());
  return under_->sputn(out_.data(), whole) == whole ? size : 0;
}

PlainOutput::int_type PlainOutput::overflow(int_type c) {
  if (traits_type::eq_int_type(c, traits_type::eof())) return traits_type::not_eof(c);
  const char one = traits_type::to_char_type(c);
  return xsputn(&one, 1) == 1 ? c : traits_type::eof();
}

int status_when_printed(int status) {
  std::cout.flush();
  if (std::cout && std::ferror(stdout) == 0) return status;
  std::cerr << tr("cli.standard_output_failed"_w);
  return std::max<int>(status, kCannot);
}

}  // namespace kafkascope::cli
