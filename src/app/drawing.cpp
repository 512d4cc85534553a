#include "app/drawing.h"

#include <imgui.h>

#include "app/acts.h"
#include "app/selection.h"
#include "ui/layout.h"

namespace kafkascope::app {

void configure(ui::Dashboard& dashboard, const DrawOptions& o) {
  dashboard.set_language(o.korean ? ui::Lang::Ko : ui::Lang::En);
  dashboard.state().subtitles = o.subtitles;
  dashboard.set_theme(o.light ? ui::Theme::Light : ui::Theme::Dark);
  dashboard.set_presenter_dark(!o.light);
  dashboard.set_layout(o.layout);
  dashboard.state().coach_seen = true;
  dashboard.set_not_yet(verbs_not_there());
  if (o.tool.empty()) return;
  dashboard.bring_forward("terminal");
  dashboard.state().tool.text = dashboard.state().tool.command = o.tool;
}

float scale_for(const DrawOptions& o) {
  return ui::fitting_scale(o.width >= 3200 && o.height >= 1800 ? 2.0f : 1.0f, o.width, o.height, o.layout);
}

Picture draw_png(Player& player, const DrawOptions& o, const std::string& path, std::string* pixels) {
  ui::Dashboard dashboard;
  configure(dashboard, o);
  select(parse_selection(o.select), player, dashboard);
  const float scale = scale_for(o);
  int frames = 0;
  return render_png([&] { return dashboard.prepare(scale); },
                    [&] {
                      dashboard.frame(player.snapshot(), player.lesson(), player.time(), player.log(),
                                      static_cast<float>(o.width) / scale, static_cast<float>(o.height) / scale);
                      for (const ui::Action& a : dashboard.take_actions())
                        if (a.kind == ui::ActionKind::Select || a.kind == ui::ActionKind::LookAtSpaceTime ||
                            a.kind == ui::ActionKind::AskTool)
                          player.act(a);  // the lesson's own selection, which its panels show
                      return dashboard.wants_another_frame() || ++frames < 3;
                    },
                    o.width, o.height, path, pixels);
}

}  // namespace kafkascope::app
