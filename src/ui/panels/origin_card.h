// The origin of a setting, an error, a metric, a rule or a term: names that can be clicked, and the card that opens.
#pragma once
#include "observe/why/origins.h"
#include "ui/ui.h"

namespace kafkascope::ui {

/// The term; a group's lag is no MBean.
OriginOf origin_of_lag();
/// The metric's, by its name; a group's lag is not an MBean, and has the glossary's term.
OriginOf origin_of_metric(const std::string& mbean);
/// A card of all rules, near the middle of the window.
OriginOf all_rules(const Ui& ui);
/// The term for what was chosen last: a count of the ledger, a node, a partition or a group. No name: nothing is chosen, or the glossary has
/// no term for it.
OriginOf origin_of_selected(const Ui& ui);

/// Whether the glossary has the name: an application's exception may have a name that Kafka does not use.
bool has_origin(const OriginOf& of);
/// Makes the name that was drawn at `x`, on the base line `y`, `em` high, a link to its origin.
bool origin_link(Ui& ui, float x, float y, float w, OriginOf of, float em = 13, bool underlined = true);
/// Makes a label, if it is the key of a setting, a link to its origin.
void setting_link(Ui& ui, float x, float y, const std::string& label, const TextStyle& style);
/// Links each setting, error and rule named in a line of a sentence; only the pointer shows that they are links.
void links_in(Ui& ui, float x, float y, std::string_view line, const TextStyle& style);

}  // namespace kafkascope::ui
