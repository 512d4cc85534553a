// The list of keys, as the help shows it: keys separated by spaces, and what they do.
#pragma once
#include <utility>

#include "words/key.h"

namespace kafkascope::ui {

inline constexpr std::pair<const char*, words::Key> kKeyList[] = {{"Space", "ui.key_run"_w},
                                                                  {". ,", "ui.key_step_event"_w},
                                                                  {"Right Left", "ui.key_change"_w},
                                                                  {"n p", "ui.key_lesson_step"_w},
                                                                  {"PgDn PgUp", "ui.key_clicker"_w},
                                                                  {"Up Down A", "ui.key_speed"_w},
                                                                  {"Home End", "ui.key_home_end"_w},
                                                                  {"g", "ui.key_go_to"_w},
                                                                  {"/ Ctrl+K", "ui.key_find"_w},
                                                                  {"w o", "ui.key_why_origin"_w},
                                                                  {"m", "ui.key_menu"_w},
                                                                  {"c", "ui.key_crash"_w},
                                                                  {"x", "ui.key_cut"_w},
                                                                  {"r", "ui.key_return"_w},
                                                                  {"b", "ui.key_runs"_w},
                                                                  {"Ctrl+Z Ctrl+Y", "ui.key_undo"_w},
                                                                  {"Ctrl+R", "ui.key_next_seed"_w},
                                                                  {"Ctrl+S", "ui.key_save"_w},
                                                                  {"Ctrl+L", "ui.key_link"_w},
                                                                  {"Ctrl+P", "ui.key_picture"_w},
                                                                  {"Tab", "ui.key_tab"_w},
                                                                  {"0-9", "ui.key_panels"_w},
                                                                  {"f", "ui.key_fill"_w},
                                                                  {"l v", "ui.key_lessons"_w},
                                                                  {"i k", "ui.key_inspector"_w},
                                                                  {"e t", "ui.key_ensemble_subtitles"_w},
                                                                  {"F11", "ui.key_full"_w},
                                                                  {"Shift+P", "ui.key_present"_w},
                                                                  {"1-4 Enter", "ui.key_vote"_w},
                                                                  {"B F5", "ui.key_blank"_w},
                                                                  {"u", "ui.key_unlock"_w},
                                                                  {"z = -", "ui.key_magnify"_w},
                                                                  {"Esc", "ui.key_escape"_w},
                                                                  {"?", "ui.key_help"_w}};

}  // namespace kafkascope::ui
