// Times as a person types them: 12.5, 1:02.25, 0:00:12.
#pragma once
#include <cstdint>
#include <string_view>

namespace kafkascope::ui {

bool parse_time(std::string_view s, std::int64_t& us);

}  // namespace kafkascope::ui
