#include "words/glossary.h"

namespace kafkascope::words {

namespace {
#include "glossary.inc"
}  // namespace

std::span<const GlossaryEntry> glossary() { return kEntries; }

}  // namespace kafkascope::words
