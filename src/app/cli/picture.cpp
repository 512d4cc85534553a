// kafkascope render, export, and the dashboard: what needs the ui. Without it: exit 3, and what to use instead.
#include <iostream>

#include "app/cli/files.h"
#ifdef KAFKASCOPE_HAS_UI
#include "app/pictures.h"
#endif

namespace kafkascope::cli {

#ifdef KAFKASCOPE_HAS_UI

int render(const Options& o) { return app::render(o); }
int export_page(const Options& o) { return app::export_page(o); }
int dashboard(const Options& o) { return app::dashboard(o); }

#else

namespace {
int no_pictures(const char* instead) {
  std::cerr << "This program was built without the dashboard (KAFKASCOPE_UI=OFF) and cannot draw; " << instead << "\n";
  return kCannot;
}
}  // namespace

int render(const Options&) { return no_pictures("kafkascope inspect shows a moment as JSON"); }
int export_page(const Options&) { return no_pictures("kafkascope tell writes the lesson as text"); }
int dashboard(const Options& o) {
  if (!o.files.empty() && !read_file(o.files.front())) return kBadInput;
  return no_pictures("kafkascope tell FILE tells a lesson, kafkascope list names them");
}

#endif

}  // namespace kafkascope::cli
