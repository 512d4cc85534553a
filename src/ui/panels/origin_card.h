// Where a setting, an error, a metric, a rule or a term comes from: names that can be clicked, and the card that opens.
#pragma once
#include "observe/why/origins.h"
#include "ui/ui.h"

namespace kafkascope::ui {

/// A card of all rules, near the middle of the window.
OriginOf all_rules(const Ui& ui);

/// Whether the glossary knows it: an application's exception may have another name than an error.
bool has_origin(const OriginOf& of);
/// Makes the name that was drawn at `x`, on the base line `y`, `em` high, a link to its origin.
void origin_link(Ui& ui, float x, float y, float w, OriginOf of, float em = 13);
/// The same for each setting, error and rule that a line of a sentence names; only the pointer shows that they are links.
void links_in(Ui& ui, float x, float y, std::string_view line, const TextStyle& style);

}  // namespace kafkascope::ui
