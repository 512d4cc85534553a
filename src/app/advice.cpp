#include "app/advice.h"

#include <algorithm>
#include <string_view>

#include "observe/why/origins.h"
#include "observe/words/both.h"
#include "words/key.h"

namespace kafkascope::app {

namespace {

using observe::Words;
using protocol::ErrorCode;

struct OfReason {
  std::string_view end;  // of the reason
  words::Key advice;
};
// A longer ending stands before a shorter one that is its own ending.
constexpr OfReason kOfReasons[] = {
    {"it is not running, or paused already", "app.advice_start_or_resume"_w},
    {"it is not running", "app.advice_start"_w},
    {"it is running already", "app.advice_stop_before_start"_w},
    {"it is running", "app.advice_stop"_w},
    {"it is not paused", "app.advice_pause"_w},
    {"it is paused", "app.advice_resume"_w},
    {"no such event is pending", "app.advice_delivered"_w},
    {"is not assigned to it", "app.advice_own_partition"_w},
    {"not all brokers have a rack", "app.advice_racks"_w},
};

struct OfError {
  ErrorCode error;
  words::Key advice;
};
constexpr OfError kOfErrors[] = {
    {ErrorCode::NON_EMPTY_GROUP, "app.advice_stop_members"_w},
    {ErrorCode::UNKNOWN_MEMBER_ID, "app.advice_stop_members"_w},
    {ErrorCode::GROUP_SUBSCRIBED_TO_TOPIC, "app.advice_stop_members"_w},
    {ErrorCode::GROUP_ID_NOT_FOUND, "app.advice_group_first"_w},
    {ErrorCode::ELECTION_NOT_NEEDED, "app.advice_no_election"_w},
    {ErrorCode::PREFERRED_LEADER_NOT_AVAILABLE, "app.advice_start_preferred"_w},
    {ErrorCode::ELIGIBLE_LEADERS_NOT_AVAILABLE, "app.advice_start_replica"_w},
    {ErrorCode::INVALID_REPLICATION_FACTOR, "app.advice_replication_factor"_w},
    {ErrorCode::INVALID_PARTITIONS, "app.advice_more_partitions"_w},
    {ErrorCode::TOPIC_ALREADY_EXISTS, "app.advice_other_name"_w},
    {ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, "app.advice_topic_first"_w},
    {ErrorCode::NO_REASSIGNMENT_IN_PROGRESS, "app.advice_no_move"_w},
    {ErrorCode::REASSIGNMENT_IN_PROGRESS, "app.advice_wait_for_move"_w},
    {ErrorCode::SECURITY_DISABLED, "app.advice_authorizer"_w},
    {ErrorCode::OFFSET_OUT_OF_RANGE, "app.advice_offset"_w},
    {ErrorCode::REQUEST_TIMED_OUT, "app.advice_controller"_w},
    {ErrorCode::COORDINATOR_NOT_AVAILABLE, "app.advice_try_again"_w},
    {ErrorCode::COORDINATOR_LOAD_IN_PROGRESS, "app.advice_try_again"_w},
    {ErrorCode::NOT_LEADER_OR_FOLLOWER, "app.advice_try_again"_w},
    {ErrorCode::LEADER_NOT_AVAILABLE, "app.advice_start_replica"_w},
};

Words followed_by(Words reason, const Words& advice) {
  const auto join = [](std::string& text, const std::string& more, const char* between) {
    if (text.empty() || more.empty()) text += more;
    else text += (text.back() == '.' ? " " : between) + more;
  };
  join(reason.en, advice.en, ". ");
  join(reason.ko, advice.ko, ". ");
  return reason;
}

}  // namespace

Words advice_for(const std::string& reason) {
  const auto it = std::find_if(std::begin(kOfReasons), std::end(kOfReasons),
                               [&](const OfReason& of) { return std::string_view(reason).ends_with(of.end); });
  return it == std::end(kOfReasons) ? Words{} : observe::both(it->advice);
}

Words refusal_words(ErrorCode error, const Words& message) {
  const Words why = message.en.empty() ? observe::both(observe::error_words(error)) : message;
  const auto it =
      std::find_if(std::begin(kOfErrors), std::end(kOfErrors), [&](const OfError& of) { return of.error == error; });
  return followed_by(why, it == std::end(kOfErrors) ? Words{} : observe::both(it->advice));
}

}  // namespace kafkascope::app
