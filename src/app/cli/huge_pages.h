// Memory in huge pages, where the system gives them to who asks (Linux: transparent_hugepage/enabled = madvise).
#pragma once
#include <unistd.h>

#include <cstdlib>

namespace kafkascope::cli {

/// A run of a thousand brokers touches memory all over a gigabyte and spends a fifth of its time on finding pages. glibc asks for huge ones
/// when it is told to before the process begins: so it begins once more. Where that is not possible, all goes on as it is.
inline void begin_with_huge_pages(char** argv) {
  if (std::getenv("GLIBC_TUNABLES") != nullptr || setenv("GLIBC_TUNABLES", "glibc.malloc.hugetlb=1", 0) != 0) return;
  execv("/proc/self/exe", argv);
}

}  // namespace kafkascope::cli
