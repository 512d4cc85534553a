// Which messages a person looks for. Time that adapts slows for them (app/pace.h); at a chosen speed they are drawn for as
// long as the eye needs (observe/model/snapshot_rates.cpp).
#pragma once
#include "observe/time/family.h"
#include "protocol/api_key.h"

namespace kafkascope::observe {

/// Elections, membership and other messages that drive the story instead of carrying data.
bool decides(protocol::ApiKey api);
/// What is sent again and again while nothing happens.
bool is_routine(protocol::ApiKey api);
/// A refusal, a decision, records; a request of a group's protocol; whatever else is not routine. An answer that only says
/// that records were written, or that there are none, is not: its request stands for it.
bool of_interest(Family family, protocol::ApiKey api, bool response, std::int64_t records, bool refused);

}  // namespace kafkascope::observe
