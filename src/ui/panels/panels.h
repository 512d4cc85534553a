// Every panel is a function of the picture, the state and the queue of actions.
#pragma once
#include "ui/ui.h"

namespace kafkascope::ui {

struct FaultsTogether;

void draw_title_bar(Ui& ui, const Rect& r);
void draw_transport(Ui& ui, const Rect& r);         // workbench
void draw_lesson_transport(Ui& ui, const Rect& r);  // lesson: a single scrubber
void draw_lesson_panel(Ui& ui, const Rect& r, bool wide);
void draw_detour_bar(Ui& ui, const Rect& r);
void draw_glide(Ui& ui, const Rect& r);
/// In a detour whose first act is still to come: the time of that act; else -1.
std::int64_t own_act_to_come(const Ui& ui);
/// Whether the step's words tell of the lesson without the user's act, in a detour in which that act has been done.
bool tells_lesson_only(const Ui& ui);

void draw_partitions_panel(Ui& ui, const Rect& r);  // all partitions, side by side
void draw_partition_panel(Ui& ui, const Rect& r);   // the selected one, large (lesson)
void draw_partition_detail(Ui& ui, const Rect& r);  // filling the window
void draw_groups_panel(Ui& ui, const Rect& r);
void draw_controller_panel(Ui& ui, const Rect& r);
/// `em`: the height of the text; the presenter draws the same panel larger.
void draw_transactions_panel(Ui& ui, const Rect& r, float em = 15);
float transactions_height(const Ui& ui, float width, float em);
void draw_ledger_panel(Ui& ui, const Rect& r);
void draw_metrics_panel(Ui& ui, const Rect& r);
void draw_compare_panel(Ui& ui, const Rect& r);
void draw_timeline_panel(Ui& ui, const Rect& r);
void draw_log_panel(Ui& ui, const Rect& r);
void draw_terminal_panel(Ui& ui, const Rect& r);
/// Up and Down: the history; Tab: the first completion.
void take_tool_key(State& st, int key, const std::vector<std::string>& completions);
void draw_chain(Ui& ui, const Rect& r);
/// The answer to "why?", with text of at least the size `em`: each sentence jumps to its moment.
void draw_why(Ui& ui, const Rect& r, float em = 15);
/// The answer to "why?" or the chain of causes in place of a panel. A panel in which the chain is highlighted stays
/// beside the answer if there is room for both; the space-time diagram is not covered by the chain, and a panel that was
/// chosen since is not covered. Returns whether the panel has been dealt with.
bool draw_causes(Ui& ui, Tab tab, const Rect& r);
void draw_inspector(Ui& ui, const Rect& r);
/// The partition about which K asks who believes what: the one that somebody has selected; else the shown one if
/// beliefs about it differ; else the first one about which they do. -1: there are no partitions.
int partition_of_beliefs(const Ui& ui);
/// Shows in the inspector who believes what about the partition; if it is shown already, closes the inspector.
void show_beliefs(Ui& ui, int partition);
/// The same about partition_of_beliefs in the world in which the selection was made; for K.
void show_beliefs_of_selection(Ui& ui);
void draw_detour_timeline(Ui& ui, const Rect& r);

void draw_tip(Ui& ui);     // the hover card, or a cut text in full
void draw_origin(Ui& ui);  // the origin of a name
void draw_menu(Ui& ui);
void draw_palette(Ui& ui);
void draw_help(Ui& ui);
void draw_goto(Ui& ui);
void draw_runs(Ui& ui);      // b: all runs
void draw_lessons(Ui& ui);   // l: all lessons
void draw_variants(Ui& ui);  // v: this lesson's variants
void draw_act_form(Ui& ui);
void draw_toasts(Ui& ui);
/// `strips_shown`: the panel below the stage shows partitions, so that a hint can point at a high watermark.
void draw_coach_marks(Ui& ui, const Rect& stage, const Rect& panel, const Rect& transport, bool strips_shown);
void draw_progress(Ui& ui, const Rect& r);
void draw_presenter(Ui& ui);

/// The text for the time until LessonModel::quiet_until_us: nothing worth waiting for happens, but counts may change.
std::string quiet_words(const Ui& ui);
/// The mark of a step: full if it is past; open at its left and right if its event has not happened in this run.
void step_diamond(Painter& p, const TimeMark& step, bool past, Point at, float r, Color color, float width);
/// A bar; several faults at one place are a broader one with their number.
void draw_faults(Painter& p, const FaultsTogether& together, float middle, float wide, float high);
/// `dragging`: the drag has not ended yet.
void seek_to(Ui& ui, std::int64_t us, bool dragging = false);
void open_run(Ui& ui, int id);
/// Shows a second world without that fault; for several faults, a menu asks which one to leave out.
void open_without(Ui& ui, const std::vector<const TimeMark*>& faults);
/// The labels of the faults, with the note that a second world can leave one out.
std::string faults_text(const Ui& ui, const std::vector<const TimeMark*>& faults);
/// A small button at the right end of a row that opens a second world beside this one. Returns its width. `named`: the world, where the
/// row does not name it.
float beside_button(Ui& ui, Id id, float right, float middle, const Action& open, const std::string& named = {});

/// What the title bar calls the world: the lesson's title.
std::string world_name(const Ui& ui);
words::Key tab_name(Tab tab, bool zookeeper);
/// The width of the switch between the lower tabs in the panel's head; 0: this panel has no such switch.
float lower_tabs_width(const Ui& ui, const Rect& panel);
void draw_tab(Ui& ui, Tab tab, const Rect& r, bool alone);
/// The position of the high watermark in the lesson's panel, for a coach mark or a ring (window coordinates).
Point& watermark_anchor();

}  // namespace kafkascope::ui
