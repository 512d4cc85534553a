// kafkascope render, export, and the dashboard: the commands that need the ui. Without it: exit 3, with the
// alternatives.
#include <iostream>

#include "app/cli/files.h"
#ifdef KAFKASCOPE_HAS_UI
#include "app/opening.h"
#include "app/pictures.h"
#include "app/site.h"
#endif

namespace kafkascope::cli {

#ifdef KAFKASCOPE_HAS_UI

int render(const Options& o) { return app::render(o); }
int export_page(const Options& o) { return app::export_page(o); }
int site(const Options& o) { return app::site(o); }
int dashboard(const Options& o) { return app::dashboard(o); }

#else

namespace {
int no_pictures(const char* instead) {
  std::cerr << tr("cli.built_without_dashboard"_w) << instead << "\n";
  return kCannot;
}
}  // namespace

int render(const Options&) { return no_pictures(tr("cli.use_inspect_instead"_w)); }
int export_page(const Options&) { return no_pictures(tr("cli.use_tell_instead"_w)); }
int site(const Options& o) { return export_page(o); }
int dashboard(const Options& o) {
  if (!o.files.empty() && !read_file(o.files.front())) return kBadInput;
  return no_pictures(tr("cli.use_tell_and_list_instead"_w));
}

#endif

}  // namespace kafkascope::cli
