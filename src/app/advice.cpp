#include "app/advice.h"

#include <algorithm>

#include "observe/why/origins.h"
#include "observe/words/both.h"
#include "words/key.h"

namespace kafkascope::app {

namespace {

using observe::Words;
using protocol::ErrorCode;

struct OfReason {
  words::Key refused, advice;
};
constexpr OfReason kOfReasons[] = {
    {"refused.not_running_or_paused"_w, "app.advice_start_or_resume"_w},
    {"refused.not_running"_w, "app.advice_start"_w},
    {"refused.running_already"_w, "app.advice_stop_before_start"_w},
    {"refused.running"_w, "app.advice_stop"_w},
    {"refused.not_paused"_w, "app.advice_pause"_w},
    {"refused.paused"_w, "app.advice_resume"_w},
    {"refused.no_event"_w, "app.advice_delivered"_w},
    {"refused.not_assigned"_w, "app.advice_own_partition"_w},
    {"refused.no_racks"_w, "app.advice_racks"_w},
};

struct OfError {
  ErrorCode error;
  words::Key advice;
  bool of_added_partitions = false;  // of these alone: a topic that is created has another row, or none
};
constexpr OfError kOfErrors[] = {
    {ErrorCode::NON_EMPTY_GROUP, "app.advice_stop_members"_w},
    {ErrorCode::UNKNOWN_MEMBER_ID, "app.advice_stop_members"_w},
    {ErrorCode::GROUP_SUBSCRIBED_TO_TOPIC, "app.advice_stop_members"_w},
    {ErrorCode::GROUP_ID_NOT_FOUND, "app.advice_group_first"_w},
    {ErrorCode::ELECTION_NOT_NEEDED, "app.advice_no_election"_w},
    {ErrorCode::PREFERRED_LEADER_NOT_AVAILABLE, "app.advice_start_preferred"_w},
    {ErrorCode::ELIGIBLE_LEADERS_NOT_AVAILABLE, "app.advice_start_replica"_w},
    {ErrorCode::INVALID_REPLICATION_FACTOR, "app.advice_more_brokers"_w, true},
    {ErrorCode::INVALID_REPLICATION_FACTOR, "app.advice_replication_factor"_w},
    {ErrorCode::INVALID_PARTITIONS, "app.advice_more_partitions"_w, true},
    {ErrorCode::INVALID_PARTITIONS, "app.advice_a_partition"_w},
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

Words advice_for(const words::Message& refused) {
  if (refused.key() == "refused.both"_w)  // the advice is for the last of several nodes
    return advice_for(*std::get<std::shared_ptr<const words::Message>>(refused.arguments().back().value));
  const auto it = std::find_if(std::begin(kOfReasons), std::end(kOfReasons),
                               [&](const OfReason& of) { return of.refused == refused.key(); });
  return it == std::end(kOfReasons) ? Words{} : observe::both(it->advice);
}

Words refusal_words(ErrorCode error, const Words& message, bool adds_partitions) {
  const Words why = message.en.empty() ? observe::both(observe::error_words(error)) : message;
  const auto it = std::find_if(std::begin(kOfErrors), std::end(kOfErrors), [&](const OfError& of) {
    return of.error == error && (adds_partitions || !of.of_added_partitions);
  });
  return followed_by(why, it == std::end(kOfErrors) ? Words{} : observe::both(it->advice));
}

std::string refused_field(ErrorCode error, const scenario::Node& step) {
  const scenario::Node* verb = step.find("do");
  const bool creates = verb != nullptr && verb->text() == "create_topic";
  // The first of these that the step has.
  const auto first_of = [&](std::initializer_list<const char*> fields) {
    const auto named =
        std::find_if(fields.begin(), fields.end(), [&](const char* field) { return step.find(field) != nullptr; });
    return named == fields.end() ? std::string() : std::string("/") + *named;
  };
  switch (error) {
    case ErrorCode::INVALID_REPLICATION_FACTOR:
      // A new topic's may be missing: then it is the default that is refused.
      return creates ? "/replication_factor" : first_of({"replicas", "brokers"});
    case ErrorCode::INVALID_PARTITIONS: return creates ? "/partitions" : first_of({"partitions"});
    case ErrorCode::INVALID_REPLICA_ASSIGNMENT: return first_of({"assignments", "replicas", "brokers"});
    case ErrorCode::NO_REASSIGNMENT_IN_PROGRESS: return first_of({"cancel"});
    case ErrorCode::INVALID_CONFIG: return first_of({"config"});
    case ErrorCode::OFFSET_OUT_OF_RANGE: return first_of({"before"});
    case ErrorCode::GROUP_ID_NOT_FOUND: return first_of({"group"});
    case ErrorCode::TOPIC_ALREADY_EXISTS:
    case ErrorCode::INVALID_TOPIC_EXCEPTION: return first_of({"topic"});
    case ErrorCode::UNKNOWN_TOPIC_OR_PARTITION: return first_of({"partition", "topic", "partitions"});
    default: return {};
  }
}

}  // namespace kafkascope::app
