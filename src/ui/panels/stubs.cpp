#include "ui/panels/panels.h"
namespace kafkascope::ui {
void draw_palette(Ui&) {}
void draw_help(Ui&) {}
void draw_goto(Ui&) {}
void draw_presenter(Ui&) {}
}
