// Memory for large runs: in huge pages, and brought by the system ahead of use.
#pragma once
#include <memory>

namespace kafkascope::cli {

/// A run of a thousand brokers touches memory all over a gigabyte and spends a fifth of its time on finding pages. glibc asks for huge ones,
/// and keeps more of what is given back within quick reach, when it is told to before the process begins (Linux: transparent_hugepage/enabled =
/// madvise): so it begins once more. Where that is not possible, all goes on as it is.
void begin_with_huge_pages(char** argv);

/// The system clears a page when it is first touched, which is a tenth of such a run's time. While this lives, the heap grows in
/// larger steps, and another thread has each step cleared while the run goes on. No effect on what a run does; where the system cannot
/// do it, none at all.
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
