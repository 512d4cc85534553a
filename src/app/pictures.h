// The commands that need the ui: render (pictures and clips) and export (a page).
#pragma once
#include "app/cli/options.h"

namespace kafkascope::app {

int render(const cli::Options& o);
int export_page(const cli::Options& o);

}  // namespace kafkascope::app
