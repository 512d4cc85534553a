// The form for a new, empty cluster: its choices, and the file that they make.
#pragma once
#include <string>

#include "ui/ui.h"

namespace kafkascope::ui {

void open_new_cluster(Ui& ui);
void draw_new_cluster(Ui& ui);
/// Takes a key while the form is open.
void new_cluster_key(Ui& ui, const KeyPress& k);
/// What a scenario file says of that cluster: its version of Kafka and its nodes.
std::string new_cluster_file(const NewCluster& chosen);

}  // namespace kafkascope::ui
