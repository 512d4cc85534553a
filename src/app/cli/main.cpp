#include <exception>
#include <iostream>
#include <new>
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
  } catch (const std::bad_alloc&) {
    std::cerr << tr(
        "kafkascope: there is not enough memory for this run; fewer partitions or nodes, a lower rate or an earlier end need less\n",
        "kafkascope: 메모리가 모자라서 실행하지 못했어요. 파티션이나 노드를 줄이거나, 속도를 낮추거나, 더 일찍 끝내세요\n");
    return kCannot;
  } catch (const std::exception& e) {
    std::cerr << "kafkascope: " << e.what() << "\n";
    return kCannot;
  }
}
