// What the marks on a partition's records mean: samples with words, in a line of the panel of partitions.
#pragma once
#include "ui/panels/strip.h"

namespace kafkascope::ui {

/// The meaning of these marks at the right end of that line, as many as fit; closer to one another where there is less room.
void fitting_key(Ui& ui, const Row& row, const StripMarks& marks);
/// What all marks need, close to one another.
float close_key_width(Ui& ui, const StripMarks& marks);

}  // namespace kafkascope::ui
