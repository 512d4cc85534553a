// Where a setting, an error, a metric, a rule or a term comes from: names that can be clicked, and the card that opens.
#pragma once
#include "observe/why/origins.h"
#include "ui/ui.h"

namespace kafkascope::ui {

/// A card of all rules, near the middle of the window.
OriginOf all_rules(const Ui& ui);

/// The rule that a sentence names; its name is empty if there is none.
OriginOf rule_named_in(std::string_view sentence);

/// Whether the glossary knows it: an application's exception may have another name than an error.
bool has_origin(const OriginOf& of);
/// Makes the name that was drawn at `x`, on the base line `y`, `em` high, a link to its origin. Only inside `within`, if
/// that is given: a panel that scrolls.
void origin_link(Ui& ui, float x, float y, float w, OriginOf of, const Rect& within = {}, float em = 13);

}  // namespace kafkascope::ui
