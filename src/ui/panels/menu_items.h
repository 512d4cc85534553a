// What can be done to a thing: one table for the context menu, the palette and the keys. Destructive acts come last.
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
  bool there = true;       // false: no engine for it yet; shown, and says so
  bool refused = false;    // Kafka will refuse it as things are: it looks so, and may be tried
  std::string of{};        // {0} of the name
  int form = -1;           // asks for values first (act_forms.h); action.target and action.other are what it is about
  bool more = false;       // leads to the second page
  observe::Words title{};  // {0} of the name, in both languages
};

/// The target of a menu of the stage itself, and of one message (offset: its id).
inline constexpr const char* kMenuOfStage = "*";
inline constexpr const char* kMenuOfMessage = "*message";

/// For a node (target), or the way between two (target, other), or a partition (offset: of the record clicked, -1: none), or one replica
/// (target: the partition, other: the broker), or a group, or the stage, or a message.
/// `not_yet`: verbs that the engine cannot do.
std::vector<MenuItem> build_menu(const Snapshot& world, const std::string& target, const std::string& other,
                                 const std::vector<std::string>& not_yet = {}, std::int64_t offset = -1);

/// The same thing's acts with values of one's own, and those that are seldom wanted.
std::vector<MenuItem> build_more_menu(const Snapshot& world, const std::string& target, const std::string& other,
                                      const std::vector<std::string>& not_yet = {});
/// An act that asks for values, by the form's name; with words of its own where they say more.
MenuItem menu_form(std::string_view form, const std::string& target, const std::string& other = {},
                   words::Key name = {}, words::Key sub = {});
/// While presenting, what destroys, and what may, waits until it is unlocked.
bool is_locked(const Ui& ui, const MenuItem& item);
/// Does it, or asks for its values.
void take_menu_item(Ui& ui, const MenuItem& item);

std::string menu_words(const Ui& ui, const MenuItem& item);
/// An act on `target`, for the tables of items.
MenuItem menu_item(words::Key name, words::Key sub, Icon icon, const char* verb, const std::string& target,
                   bool destructive = false, const char* key = "");
MenuItem menu_inspect(const std::string& target);
/// What can be done to what is no node: menu_things.cpp.
void add_thing_items(std::vector<MenuItem>& items, const Snapshot& world, const std::string& target,
                     const std::string& other, std::int64_t offset);

}  // namespace kafkascope::ui
