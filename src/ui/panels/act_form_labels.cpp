// What the fields of forms are called. The catalogues have their words under field.<name>, or field.<verb>.<name> where
// the verb's field means something else; those of a verb with a struct of its own are under verb.<verb>.<name>.
#include "cluster/verbs.h"
#include "ui/panels/act_forms.h"

namespace kafkascope::ui {

std::string_view key_of(const FormField& field) {
  const std::string_view path = field.path;
  return path.substr(path.rfind('/') + 1);
}

words::Key label_of(const ActForm& form, const FormField& field) {
  const std::string name(key_of(field));
  const cluster::VerbInfo& verb = cluster::info(*cluster::parse_verb(form.verb));
  if (verb.run != nullptr) return verb.words(name);
  const words::Key own("field." + form.verb + "." + name);
  return words::catalogue(Lang::En).find(own) != nullptr ? own : words::Key("field." + name);
}

}  // namespace kafkascope::ui
