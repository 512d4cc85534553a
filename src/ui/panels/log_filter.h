// The filter of the event log: "a, b, -c" shows what contains a or b and hides what contains c.
#pragma once
#include <string_view>

namespace kafkascope::ui {

bool log_matches(std::string_view filter, std::string_view text);

}  // namespace kafkascope::ui
