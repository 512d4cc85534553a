#include <cstdlib>
#include <exception>
#include <iostream>
#include <new>
#include <optional>

#include "app/cli/console.h"
#include "app/cli/files.h"
#include "app/cli/memory.h"
#include "app/cli/usage.h"
#include "system/system.h"
#include "words/catalogue.h"

int main(int argc, char** argv) {
  using namespace kafkascope::cli;
  using namespace kafkascope::words::literals;
  kafkascope::sys::prepare_streams();
  const PlainOutput out(std::cout), err(std::cerr);
  speak_korean(language_of(argc, argv) == "ko");
  if (const char* folder = std::getenv("KAFKASCOPE_WORDS"); folder != nullptr && *folder != '\0') {
    const auto problems = kafkascope::words::use_folder(folder);
    for (const auto& problem : problems) std::cerr << kafkascope::words::to_text(problem, language()) << "\n";
    if (!problems.empty()) return kBadInput;
  }
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
  } catch (const std::bad_alloc&) {
    std::cerr << tr("cli.not_enough_memory"_w);
    return kCannot;
  } catch (const std::exception& e) {
    std::cerr << "kafkascope: " << e.what() << "\n";
    return kCannot;
  }
}
