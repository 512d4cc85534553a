// The acts offered for an object: one table for the context menu, the palette and the keys. Destructive acts come last.
#pragma once
#include <string>
#include <vector>

#include "ui/ui.h"

namespace kafkascope::ui {

struct MenuItem {
  words::Key name;
  words::Key sub;  // empty: none
  Icon icon = Icon::None;
  const char* key = "";
  bool destructive = false;
  Action action;
  bool there = true;     // false: the engine does not support it yet, and the item says so
  bool refused = false;  // Kafka will refuse it in the present state; the item shows that, but can be tried
  std::string of{};      // argument {0} of the name
  int form = -1;      // the form that asks for values first (act_forms.h), for action.target and action.other; -1: none
  bool more = false;  // opens the second page
  observe::Words title{};  // argument {0} of the name, in both languages
};

/// The target of a menu of the stage itself, and of one message (offset: its id).
inline constexpr const char* kMenuOfStage = "*";
inline constexpr const char* kMenuOfMessage = "*message";
/// The target of the menu of several faults under one mark of the timeline, one of which is to be left out.
inline constexpr const char* kMenuOfFaults = "*faults";

/// Items for a node (target), a link between two (target, other), a partition (offset: the clicked record, -1: none), a
/// replica (target: the partition, other: the broker), a group, the stage, or a message.
/// `not_yet`: verbs that the engine does not support.
std::vector<MenuItem> build_menu(const Snapshot& world, const std::string& target, const std::string& other,
                                 const std::vector<std::string>& not_yet = {}, std::int64_t offset = -1);

/// The second page for the same object: acts with values to type, and rarely used ones.
std::vector<MenuItem> build_more_menu(const Snapshot& world, const std::string& target, const std::string& other,
                                      const std::vector<std::string>& not_yet = {});
/// An item that opens the form with that id; `name` and `sub` replace the form's own texts.
MenuItem menu_form(std::string_view form, const std::string& target, const std::string& other = {},
                   words::Key name = {}, words::Key sub = {});
/// Whether the item is locked: while presenting, destructive acts, and forms, which may be destructive, must be
/// unlocked.
bool is_locked(const Ui& ui, const MenuItem& item);
/// Carries out the item, or opens the form for its values.
void take_menu_item(Ui& ui, const MenuItem& item);

std::string menu_words(Lang lang, const MenuItem& item);
std::string menu_words(const Ui& ui, const MenuItem& item);
/// An act on `target`, for the tables of items.
MenuItem menu_item(words::Key name, words::Key sub, Icon icon, const char* verb, const std::string& target,
                   bool destructive = false, const char* key = "");
MenuItem menu_inspect(const std::string& target);
MenuItem menu_why(const std::string& target);
/// The worlds without one of the faults done from `from_us` to `to_us`, and, if all have the same time, the world
/// without any of them.
std::vector<MenuItem> build_menu_of_faults(const LessonModel& lesson, std::int64_t from_us, std::int64_t to_us);
/// Adds the items for objects that are not nodes (menu_things.cpp).
void add_thing_items(std::vector<MenuItem>& items, const Snapshot& world, const std::string& target,
                     const std::string& other, std::int64_t offset);

}  // namespace kafkascope::ui
