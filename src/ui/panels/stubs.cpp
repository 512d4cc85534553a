#include "ui/panels/panels.h"
namespace kafkascope::ui {
void draw_groups_panel(Ui&, const Rect&) {}
void draw_controller_panel(Ui&, const Rect&) {}
void draw_ledger_panel(Ui&, const Rect&) {}
void draw_metrics_panel(Ui&, const Rect&) {}
void draw_compare_panel(Ui&, const Rect&) {}
void draw_timeline_panel(Ui&, const Rect&) {}
void draw_log_panel(Ui&, const Rect&) {}
void draw_chain(Ui&, const Rect&) {}
void draw_inspector(Ui&, const Rect&) {}
void draw_detour_timeline(Ui&, const Rect&) {}
void draw_menu(Ui&) {}
void draw_palette(Ui&) {}
void draw_help(Ui&) {}
void draw_goto(Ui&) {}
void draw_presenter(Ui&) {}
}
