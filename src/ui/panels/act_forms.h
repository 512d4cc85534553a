// Forms for acts that take values: the fields that a person fills in, their initial values, and the resulting step of a
// scenario file. Pure: the file's reader validates the input.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "ui/icons.h"
#include "ui/strings.h"

namespace kafkascope::ui {

using observe::Snapshot;

enum class FieldKind : std::uint8_t {
  AsDeclared,  // as declared in the table of verbs (cluster/verb_table.cpp)
  Text,
  Number,  // written as a number or true/false if it is one, else as text
  List,    // a, b
  Map,     // key=value, key=value
  Pairs    // the same, as a list of pairs: headers
};

struct FormField {
  std::string path;  // path in the step: "topic", "records/0/key"
  FieldKind kind = FieldKind::AsDeclared;
  std::string example{};
  /// a|b, or names from the world: @nodes @brokers @ids @clients @topics @partitions @groups @principals @resources
  /// @apis
  std::string choices{};
  std::string preset{};  // the initial value, unless the world suggests one
  bool fixed = false;    // not shown: distinguishes this form from others of the same verb
};

struct ActForm {
  std::string id;
  std::string verb;
  words::Key name, sub;
  Icon icon;
  std::vector<FormField> fields;
  // The field that gets the keyboard focus first, even if it has a value; empty: the first field without one.
  const char* changes = "";
  observe::Words title{};  // argument {0} of the name
  words::Key does{};       // what the act does, in a sentence
};

const std::vector<ActForm>& act_forms();
/// The field's key in a file: "topic" of "client/topic".
std::string_view key_of(const FormField& field);
/// What the field is called, in words.
words::Key label_of(const ActForm& form, const FormField& field);
/// The verb's explanation in a sentence; empty: there is no such verb.
words::Key does_of(std::string_view verb);
/// Index of the form; -1: no form has that id.
int act_form(std::string_view id);
/// Indices of the forms for a target: a node, a link between two, a partition, a group, or "*" (the stage).
std::vector<int> act_forms_for(const Snapshot& world, const std::string& target, const std::string& other);

/// The fields' initial values.
std::vector<std::string> form_values(const Snapshot& world, const ActForm& form, const std::string& target,
                                     const std::string& other);
/// A note on the choices where numbers alone say too little: brokers, their racks, which of them hold the named
/// partition.
std::string form_note(const Snapshot& world, Lang lang, const ActForm& form, const std::vector<std::string>& values);
/// The index of the field with that path in a step ("/client/rate"), or with a path that contains it; -1: none.
int form_field(const ActForm& form, std::string_view path);
/// A value that Kafka will refuse, as far as this picture of the cluster tells.
struct FormDoubt {
  int field = -1;  // -1: none
  std::string words{};
};
FormDoubt form_doubt(const Snapshot& world, Lang lang, const ActForm& form, const std::vector<std::string>& values);
/// The hint in an empty field: an example, taken from this cluster where partitions or brokers are meant.
std::string form_example(const Snapshot& world, const ActForm& form, std::size_t field,
                         const std::vector<std::string>& values);
/// The choices for the field; those that continue the typed text come first.
std::vector<std::string> form_choices(const Snapshot& world, const ActForm& form, std::size_t field,
                                      std::string_view typed);
bool has_choice(const FormField& field, const std::string& value, const std::string& choice);
/// Applies a choice: replaces the value or, in a list, adds or removes one item.
std::string with_choice(const FormField& field, const std::string& value, const std::string& choice);
/// {"do": "acl", "principal": "User:kim", …}: empty fields are left out; a value that begins with { or [ is copied
/// unchanged.
std::string form_step(const ActForm& form, const std::vector<std::string>& values);

}  // namespace kafkascope::ui
