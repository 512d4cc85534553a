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
  std::cerr << tr("This program was built without the dashboard (KAFKASCOPE_UI=OFF) and cannot draw; ",
                  "대시보드 없이 빌드된 프로그램(KAFKASCOPE_UI=OFF)이라 그릴 수 없어요. ")
            << instead << "\n";
  return kCannot;
}
}  // namespace

int render(const Options&) {
  return no_pictures(tr("kafkascope inspect shows a moment as JSON", "kafkascope inspect가 순간을 JSON으로 보여 줘요"));
}
int export_page(const Options&) {
  return no_pictures(tr("kafkascope tell writes the lesson as text", "kafkascope tell이 레슨을 글로 보여 줘요"));
}
int site(const Options& o) { return export_page(o); }
int dashboard(const Options& o) {
  if (!o.files.empty() && !read_file(o.files.front())) return kBadInput;
  return no_pictures(tr("kafkascope tell FILE tells a lesson, kafkascope list names them",
                        "kafkascope tell FILE이 레슨을 들려주고, kafkascope list가 레슨을 보여 줘요"));
}

#endif

}  // namespace kafkascope::cli
