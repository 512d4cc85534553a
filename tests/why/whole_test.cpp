// Every value of the state document that has a Why?, in runs with each kind of cluster, group and client: question and answer are whole
// sentences, without a gap where a name should be. And every value has one, but for those that are listed here with the reason.
#include "why/whole.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string_view>

#include "observe/model/mbeans.h"
#include "support/lessons.h"
#include "support/some.h"
#include "why/answers.h"
#include "words/key.h"

using namespace kafkascope;
using namespace kafkascope::test;
using nlohmann::json;
using scenario::Session;

namespace {

/// The part of a path that means this key.
std::string escaped(const std::string& key) {
  std::string out;
  for (const char c : key) out += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  return out;
}

/// Asks about the value and about all that it holds, to that depth; returns the number of answers.
int ask_below(Session& session, const std::string& path, const json& value, int depth) {
  int answers = whole_why(session.moment(), path).has_value() ? 1 : 0;
  if (depth == 0 || !value.is_object()) return answers;
  for (const auto& [key, inner] : value.items())
    if (!key.starts_with("__")) answers += ask_below(session, path + "/" + escaped(key), inner, depth - 1);
  return answers;
}

/// Asks about the metrics of all nodes; returns the number of answers. `formed`: the same run when the cluster had just been
/// formed.
int ask_metrics(Session& session, Session& formed) {
  std::vector<std::string> paths;
  const cluster::Cluster& c = session.cluster();
  for (std::size_t i = 0; i < c.nodes().size(); ++i) {
    const sim::NodeId node{static_cast<std::int32_t>(i)};
    observe::for_each_mbean_of_node(c, node, [&](std::string_view name, const observe::MBeanKind&, double) {
      if (observe::has_why(name))
        paths.push_back("/metrics/mbeans/" + c.info(node).name + "/" + escaped(std::string(name)));
    });
  }
  int answers = 0;
  for (const std::string& path : paths) {
    const auto answer = whole_why(session.moment(), path);
    if (!answer) continue;
    ++answers;
    // Only a value of 0 counts nothing.
    const json value = observe::state_at(session.moment(), path).value_or(json(0));
    for (const observe::WhyStep& step : answer->steps)
      if (step.key == "why.metric_none"_w || step.key == "why.never_happened"_w)
        CHECK_MESSAGE(value == 0, path, " = ", value.dump(), ": ", step.words.en);
    // What has changed is not as it was formed.
    const auto then = observe::state_at(formed.moment(), path);
    for (const observe::WhyStep& step : answer->steps)
      if (step.key == "why.formed"_w && then)
        CHECK_MESSAGE(value == *then, path, " = ", value.dump(), ", then ", then->dump(), ": ", step.words.en);
  }
  return answers;
}

/// The values that have no Why?, by shape.
const std::map<std::string, std::string> kWithout = {
    {"/time_us", "the run's clock passes by itself"},
};

/// The shapes whose question says in other words what the value means, or is about what it is a part of; shared_questions.txt has
/// the reasons. "/zookeeper/**": all below.
const std::map<std::string, std::string>& shared_questions() {
  static const auto all = exceptions_in("tests/why/shared_questions.txt");
  return all;
}

/// The entry of the list for that shape; "": it has none.
std::string shared_question_of(const std::string& shape) {
  for (const auto& [of, reason] : shared_questions())
    if (of == shape || (of.ends_with("**") && shape.starts_with(of.substr(0, of.size() - 2)))) return of;
  return {};
}

/// Whether the text stands in the sentence between other words: 1 is not in "broker-1".
bool has_word(const std::string& sentence, const std::string& text) {
  const auto inner = [&](std::size_t at) {
    return at < sentence.size() && (std::isalnum(static_cast<unsigned char>(sentence[at])) != 0 ||
                                    ((sentence[at] == '-' || sentence[at] == '.') && at + 1 < sentence.size() &&
                                     std::isalnum(static_cast<unsigned char>(sentence[at + 1])) != 0));
  };
  for (std::size_t at = sentence.find(text); at != std::string::npos && !text.empty(); at = sentence.find(text, at + 1))
    if ((at == 0 || (!inner(at - 1) && sentence[at - 1] != '-')) && !inner(at + text.size())) return true;
  return false;
}

/// Whether the text is a whole word of the sentence: 2 is not in "[1,2,3]". After it there may be a mark.
bool has_token(const std::string& sentence, const std::string& text) {
  std::istringstream words(sentence);
  for (std::string word; words >> word;)
    if (word == text || (word.size() == text.size() + 1 && word.starts_with(text) &&
                         std::string_view("?,;:.").find(word.back()) != std::string_view::npos))
      return true;
  return false;
}

/// Whether the question names the field that was asked about, or its value.
bool names_asked(const std::string& question, const std::vector<std::string>& parts, const json& value) {
  std::string field = parts.back();
  for (std::size_t i = parts.size(); i > 1 && field.find_first_not_of("0123456789") == std::string::npos; --i)
    field = parts[i - 2];  // an element of a list
  if (has_word(question, field)) return true;
  std::replace(field.begin(), field.end(), '_', ' ');
  if (has_word(question, field)) return true;
  if (value.is_array())
    return !value.empty() && std::all_of(value.begin(), value.end(), [&](const json& one) {
      return has_word(question, one.is_string() ? one.get<std::string>() : one.dump());
    });
  if (value.is_string()) return has_word(question, value.get<std::string>());
  return value.is_number() && has_token(question, value.dump());
}

/// An MBean's name without its topics, clients, requests and numbers.
std::string kind_of_mbean(const std::string& name) {
  std::string out;
  for (std::size_t at = 0; at < name.size();) {
    const std::size_t end = std::min(name.find_first_of(",#", at + 1), name.size());
    const std::string tag = name.substr(at, end - at);
    const std::size_t equals = tag.find('=');
    const bool kept = equals == std::string::npos || tag.find("type=") != std::string::npos ||
                      tag.starts_with(",name=") || tag.starts_with(",delayedOperation=");
    out += kept ? tag : tag.substr(0, equals) + "=*";
    at = end;
  }
  return out;
}

/// The path without the names of things: "/partitions/*/isr".
std::string shape_of(const std::vector<std::string>& parts) {
  const std::set<std::string> sections{"partitions", "groups", "transactions", "clients",
                                       "nodes",      "topics", "acts",         "sinks"};
  const std::set<std::string> with_names{"by_client", "by_group", "requests", "members", "quotas",    "errors",
                                         "sessions",  "mbeans",   "features", "config",  "deliveries"};
  std::string shape;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::string& part = parts[i];
    const bool mbean = i == 3 && parts[1] == "mbeans";
    const bool number = !part.empty() && part.find_first_not_of("0123456789") == std::string::npos;
    const bool name = (i == 1 && sections.contains(parts[0])) || (i > 0 && with_names.contains(parts[i - 1])) ||
                      number || (parts[0] != "zookeeper" && cluster::parse_partition_name(part).has_value());
    shape += "/" + (mbean ? kind_of_mbean(part) : name ? "*" : part);
  }
  return shape;
}

struct Leaves {
  Session& session;
  std::map<std::string, int>& asked;  // by shape, in this run
  std::set<std::string>& without;
  std::set<std::string>& unnamed;  // whose question is about something else
  std::set<std::string>& needed;   // entries of the list of shared questions
  int answers = 0;

  void leaf(const std::string& path) {
    constexpr int kOfAShape = 2;  // in each run
    const std::string shape = shape_of(observe::split_pointer(path));
    if (++asked[shape] > kOfAShape) return;
    const json value = observe::state_at(session.moment(), path).value_or(json());
    if (const auto answer = whole_why(session.moment(), path)) {
      ++answers;
      const std::string& question = answer->question.en;
      if (names_asked(question, observe::split_pointer(path), value)) return;
      if (const std::string shared = shared_question_of(shape); !shared.empty()) needed.insert(shared);
      else if (unnamed.insert(shape).second)
        FAIL_CHECK("the question is about something else: ", shape, " | ", path, " = ", value.dump(), ": ", question);
    } else if (!kWithout.contains(shape) && without.insert(shape).second)
      FAIL_CHECK("no answer: ", path, " = ", value.dump());
  }
  void walk(const std::string& path, const json& value) {
    if (!value.is_object()) return leaf(path);
    for (const auto& [key, inner] : value.items()) walk(path + "/" + escaped(key), inner);
  }
};

}  // namespace

TEST_CASE("every answer of Why? consists of whole sentences") {
  for (const auto& [lesson, at_s] : {std::pair{"controller/zookeeper-roles", 5},
                                     {"controller/zookeeper-failover", 4},
                                     {"controller/zookeeper-failover", 15},
                                     {"controller/session-expiry", 3},
                                     {"controller/kraft-quorum-loss", 15},
                                     {"replication/leader-failover", 9},
                                     {"replication/all-brokers-down", 50},
                                     {"log/topic-identity", 14},
                                     {"groups/new-protocol", 12},
                                     {"groups/share-group", 12},
                                     {"groups/static-membership", 20},
                                     {"delivery/hanging-transaction", 18}}) {
    const std::string name = lesson;  // clang 14 captures no structured binding
    CAPTURE(name);
    Session session(loaded(read_text(source_path("scenarios/" + std::string(lesson) + ".json"))), true);
    session.run_until(sim::Instant{} + sim::seconds(at_s));
    int answers = 0;
    for (const char* section : {"cluster", "topics", "partitions", "groups", "clients", "nodes", "transactions"}) {
      const std::string path = std::string("/") + section;
      if (const auto value = observe::state_at(session.moment(), path))
        for (const auto& [name, inner] : value->items())
          if (!name.starts_with("__")) answers += ask_below(session, path + "/" + escaped(name), inner, 2);
    }
    CHECK(answers > 30);
    Session formed(loaded(read_text(source_path("scenarios/" + std::string(lesson) + ".json"))), true);
    formed.run_until(sim::Instant{} + sim::milliseconds(100));
    CHECK(ask_metrics(session, formed) > 10);
  }
}

TEST_CASE("every value of the state document has a Why?") {
  std::set<std::string> without, unnamed, needed;
  std::size_t n = 0;
  int answers = 0;
  for (const auto& [lesson, at_ms] : {std::pair{"controller/zookeeper-roles", 5'000},
                                      {"controller/session-expiry", 26'000},
                                      {"controller/zookeeper-failover", 15'000},
                                      {"controller/kraft-quorum-loss", 24'000},
                                      {"replication/leader-failover", 15'000},
                                      {"replication/all-brokers-down", 50'000},
                                      {"log/retention", 70'000},
                                      {"groups/new-protocol", 12'000},
                                      {"groups/share-group", 12'000},
                                      {"groups/static-membership", 20'000},
                                      {"delivery/hanging-transaction", 18'000},
                                      {"delivery/exactly-once", 14'000},
                                      {"operations/disk-full", 30'000},
                                      {"operations/access-control", 20'000},
                                      {"operations/scale-out", 20'000}}) {
    const std::string file = "scenarios/" + std::string(lesson) + ".json";
    if (kSome > 1 && n++ % 4 != 0) continue;
    CAPTURE(file);
    Session session = session_at(file, at_ms);
    std::map<std::string, int> asked;
    Leaves leaves{session, asked, without, unnamed, needed};
    leaves.walk("", observe::state_at(session.moment(), "").value());
    answers += leaves.answers;
  }
  MESSAGE(answers, " values");
  CHECK(without.empty());
  CHECK(unnamed.empty());
  for (const auto& entry : shared_questions())
    CHECK_MESSAGE((kSome > 1 || needed.contains(entry.first)), "no longer needed: ", entry.first);
}

TEST_CASE("an empty name and a particle that is none leave a gap in a sentence") {
  CHECK(gap_in("broker-1이 죽어요").empty());
  CHECK(gap_in("quota: user:<default>").empty());
  CHECK_FALSE(gap_in("에포크가 4<이었어요/였어요>").empty());
  CHECK_FALSE(gap_in(" of orders-0").empty());
}

TEST_CASE("the question of Why? is about the field that was asked, and so is the answer") {
  struct Case {
    const char* lesson;
    int at_ms;
    const char *path, *en, *ko;  // of the question
    words::Key key;              // of a sentence
  };
  const std::string failover = "replication/leader-failover";
  for (const Case& c :
       {Case{"controller/zookeeper-failover", 16'000, "/cluster/controller_epoch", "Why is controller_epoch ",
             "controller_epoch의 값이", "why.controller_epoch_stays"_w},
        {failover.c_str(), 4'000, "/cluster/features/metadata.version", "Why is metadata.version ",
         "metadata.version의 값이", "why.features_of_release"_w},
        {failover.c_str(), 4'000, "/partitions/orders-0/logs/2/flushed_offset",
         "Why is the flushed offset of orders-0 on broker-2 still 0, with nothing on its disk?",
         "broker-2의 orders-0은 플러시된 오프셋이 아직 0이고", "why.unflushed"_w},
        {"operations/slow-disk", 40'000, "/partitions/orders-0/logs/2/flushed_offset", " flushed up to offset ",
         " 앞까지 디스크에", "why.flushed_by_system"_w},
        {failover.c_str(), 4'000, "/nodes/broker-2/belief/partitions/orders-0/isr",
         "Why does broker-2 believe that the ISR of orders-0 is [1,2,3]?", "orders-0의 ISR을 [1,2,3]",
         "why.belief_right_isr"_w},
        {failover.c_str(), 4'000, "/clients/shop/accumulator/buffer_total_bytes", "Why is shop · buffer_total_bytes ",
         "buffer_total_bytes의 값이", "why.buffer_memory"_w},
        {failover.c_str(), 4'000, "/nodes/broker-2/rack", "Why is broker-2 · rack empty?", "비어 있나요",
         "why.given_by_file"_w},
        {failover.c_str(), 4'000, "/clients/shop/fatal", "Why is shop · fatal empty?", "비어 있나요",
         "why.not_fatal"_w},
        {"delivery/hanging-transaction", 18'000, "/transactions/tx-1/producer_epoch", "Why is tx-1 · producer_epoch ",
         "producer_epoch의 값이", "why.producer_epoch"_w},
        {"delivery/hanging-transaction", 18'000, "/clients/reader/subscription/pay-0/committed",
         "Why does reader know no committed offset of pay-0?", "커밋된 오프셋을 모르나요",
         "why.commits_without_group"_w},
        {"groups/new-protocol", 12'000, "/groups/billing/members/c-1/previous_member_epoch",
         "Why is c-1 · previous_member_epoch ", "previous_member_epoch의 값이", "why.previous_member_epoch"_w},
        {failover.c_str(), 4'000, "/partitions/orders-0/logs/2/leader_epoch",
         "Why is broker-2 · orders-0 · leader_epoch ", "leader_epoch의 값이", "why.log_epoch"_w},
        {failover.c_str(), 4'000, "/partitions/orders-0/logs/2/dir", "Why is broker-2 · orders-0 · dir 0?",
         "dir의 값이", "why.log_only_dir"_w},
        {failover.c_str(), 4'000, "/nodes/broker-2/disk/capacity_bytes", "Why is broker-2 · disk/capacity_bytes ",
         "capacity_bytes의 값이", "why.disk_capacity"_w},
        {"groups/new-protocol", 12'000, "/groups/billing/members/c-1/instance_id", "Why is c-1 · instance_id empty?",
         "비어 있나요", "why.no_instance_id"_w}}) {
    const std::string path = c.path;
    CAPTURE(path);
    Session session = session_at("scenarios/" + std::string(c.lesson) + ".json", c.at_ms);
    const observe::Answer answer = asked(session, path);
    CAPTURE(text_of_steps(answer));
    CHECK_MESSAGE(answer.question.en.find(c.en) != std::string::npos, answer.question.en);
    CHECK_MESSAGE(answer.question.ko.find(c.ko) != std::string::npos, answer.question.ko);
    CHECK(has_key(answer, c.key));
  }
}
