// Acts that take values of their own: which fields a person fills in, what stands in them at first, and the step of a scenario file that
// comes of it. Pure: the file's reader judges what was typed.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "ui/icons.h"
#include "ui/strings.h"

namespace kafkascope::ui {

using observe::Snapshot;

enum class FieldKind : std::uint8_t {
  AsDeclared,  // as the table of verbs says (cluster/verb_table.cpp)
  Text,
  Number,  // a number or true/false where it is one, else text
  List,    // a, b
  Map,     // key=value, key=value
  Pairs    // the same, as a list of pairs: headers
};

struct FormField {
  std::string path;  // in the step: "topic", "records/0/key"
  FieldKind kind = FieldKind::AsDeclared;
  std::string example{};
  /// a|b, or of the world: @nodes @brokers @ids @clients @topics @partitions @groups @principals @resources @apis
  std::string choices{};
  std::string preset{};  // what stands in it unless the world knows better
  bool fixed = false;    // not shown: what makes this form one of several of its verb
};

struct ActForm {
  std::string id;
  std::string verb;
  words::Key name, sub;
  Icon icon;
  std::vector<FormField> fields;
  const char* changes =
      "";  // the field that it is opened for, though something stands there; else what is missing comes first
  observe::Words title{};  // {0} of the name
};

const std::vector<ActForm>& act_forms();
/// Its index; -1: none is called so.
int act_form(std::string_view id);
/// What one could do with values of one's own to that: a node, the way between two, a partition, a group, "*" (the stage).
std::vector<int> act_forms_for(const Snapshot& world, const std::string& target, const std::string& other);

/// What stands in the fields at first.
std::vector<std::string> form_values(const Snapshot& world, const ActForm& form, const std::string& target,
                                     const std::string& other);
/// What there is to choose among, where numbers alone say too little: brokers, their racks, which hold the partition that is named.
std::string form_note(const Snapshot& world, Lang lang, const ActForm& form, const std::vector<std::string>& values);
/// What stands in an empty field: an example of this very cluster where its partitions and brokers are meant.
std::string form_example(const Snapshot& world, const ActForm& form, std::size_t field,
                         const std::vector<std::string>& values);
/// What the field may say, those first that go on as it begins.
std::vector<std::string> form_choices(const Snapshot& world, const ActForm& form, std::size_t field,
                                      std::string_view typed);
bool has_choice(const FormField& field, const std::string& value, const std::string& choice);
/// A choice taken: instead of what stands there, or, in a list, one more or one less.
std::string with_choice(const FormField& field, const std::string& value, const std::string& choice);
/// {"do": "acl", "principal": "User:kim", …}: empty fields are left out; what begins with { or [ is taken as it is.
std::string form_step(const ActForm& form, const std::vector<std::string>& values);

}  // namespace kafkascope::ui
