// Memory for large runs: in huge pages, populated by the system in advance.
#pragma once
#include <memory>

namespace kafkascope::cli {

/// A run of a thousand brokers accesses memory all over a gigabyte and spends a fifth of its time on page lookups. glibc requests huge
/// pages, and keeps more freed memory at hand, if it is told to before the process starts (Linux:
/// transparent_hugepage/enabled = madvise): so the process restarts itself. Where that is impossible, it simply
/// continues.
void begin_with_huge_pages(char** argv);

/// The system clears a page when it is first touched, which takes a tenth of such a run's time. While this object lives, the heap grows in
/// larger steps, and another thread has each step cleared while the run continues. It does not affect the run; where the system does not
/// support it, it does nothing.
class MemoryAhead {
 public:
  MemoryAhead();
  ~MemoryAhead();
  MemoryAhead(const MemoryAhead&) = delete;
  MemoryAhead& operator=(const MemoryAhead&) = delete;

 private:
  struct Thread;
  std::unique_ptr<Thread> thread_;
};

}  // namespace kafkascope::cli
