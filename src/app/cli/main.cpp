#include <exception>
#include <iostream>
#include <optional>

#include "app/cli/console.h"
#include "app/cli/files.h"
#include "app/cli/memory.h"
#include "app/cli/usage.h"
#include "system/system.h"

int main(int argc, char** argv) {
  using namespace kafkascope::cli;
  kafkascope::sys::prepare_streams();
  const PlainOutput out(std::cout), err(std::cerr);
  speak_korean(language_of(argc, argv) == "ko");
  Usage usage;
  const Usage::Parsed parsed = usage.parse(argc, argv);
  if (parsed.act == nullptr) return status_when_printed(parsed.status);
  if (!outputs_are_apart(usage.options())) return kBadInput;
  std::optional<MemoryAhead> memory_ahead;
  if (parsed.act == run) {
    begin_with_huge_pages(argv);
    memory_ahead.emplace();
  }
  try {
    return status_when_printed(parsed.act(usage.options()));
  } catch (const std::exception& e) {
    std::cerr << "kafkascope: " << e.what() << "\n";
    return kCannot;
  }
}
