// What a lesson's file tells, for the search in the list of lessons.
#pragma once
#include <nlohmann/json_fwd.hpp>

#include "ui/models.h"

namespace kafkascope::app {

/// Fills in the entry's text: its summary and terms, which it has already, and the titles and texts of the file's steps.
void tell(ui::LessonEntry& entry, const nlohmann::json& document);

}  // namespace kafkascope::app
