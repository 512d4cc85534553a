// kafkascope site: a page per lesson in each language, with an index by track and by question, for search engines and screen readers.
#pragma once
#include "app/cli/options.h"

namespace kafkascope::app {

int site(const cli::Options& o);

}  // namespace kafkascope::app
