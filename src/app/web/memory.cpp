#include "app/web/memory.h"

#include <malloc.h>

#include <algorithm>
#include <cstdlib>
#include <new>

namespace {

std::size_t g_allocated = 0;

void* counted(void* p) {
  if (p == nullptr) throw std::bad_alloc();
  g_allocated += malloc_usable_size(p);
  return p;
}

}  // namespace

std::size_t kafkascope::app::allocated_bytes() { return g_allocated; }

// The array, sized and nothrow forms also call these operators.
void* operator new(std::size_t size) { return counted(std::malloc(std::max<std::size_t>(size, 1))); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  const auto align = static_cast<std::size_t>(alignment);
  return counted(std::aligned_alloc(align, std::max<std::size_t>((size + align - 1) / align * align, align)));
}
void operator delete(void* p) noexcept {
  if (p != nullptr) g_allocated -= malloc_usable_size(p);
  std::free(p);
}
void operator delete(void* p, std::size_t) noexcept { operator delete(p); }
void operator delete(void* p, std::align_val_t) noexcept { operator delete(p); }
void operator delete(void* p, std::size_t, std::align_val_t) noexcept { operator delete(p); }
