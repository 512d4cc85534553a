// The lessons as texts: the form of their questions, the badge of shortened times, the style of their sentences.
#include <doctest/doctest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>

#include "scenario/shortened_clocks.h"
#include "support/lessons.h"

using namespace kafkascope;
using namespace kafkascope::scenario;
using namespace kafkascope::test;
using nlohmann::json;

namespace {

std::vector<const Ask*> questions(const Scenario& s) {
  std::vector<const Ask*> found;
  for (const Step& step : s.steps)
    if (step.ask && !step.ask->choices.empty()) found.push_back(&*step.ask);
  return found;
}

std::vector<std::string> shown(const Ask& ask) {
  std::vector<std::string> texts;
  for (const Choice& c : ask.choices) texts.push_back(c.text.en);
  return texts;
}

std::string question_file(const std::string& choices, int answer, int seed) {
  return R"({"format": 1, "cluster": {"brokers": 1}, "until": "1s", "seed": )" + std::to_string(seed) +
         R"(, "steps": [{"at": "0s", "ask": {"question": {"en": "Which?"}, "choices": [)" + choices +
         R"(], "answer": )" + std::to_string(answer) + "}}]}";
}

/// Every text in a lesson's file, with its path.
void for_each_text(const json& node, const std::string& path,
                   const std::function<void(const std::string&, const std::string&, const std::string&)>& visit) {
  if (node.is_object() && node.contains("en") && node["en"].is_string())
    return visit(path, node["en"], node.value("ko", std::string()));
  if (node.is_structured())
    for (const auto& [key, value] : node.items()) for_each_text(value, path + "/" + key, visit);
}

/// The title that a panel shows for a step.
std::string head_of(const std::string& text) {
  for (std::size_t at = 0; (at = text.find_first_of(".?!", at)) != std::string::npos; ++at)
    if (at + 1 == text.size() || text[at + 1] == ' ' || text[at + 1] == '\n') return text.substr(0, at);
  return text;
}

bool ends_in_any(const std::string& text, std::initializer_list<const char*> ends) {
  return std::any_of(ends.begin(), ends.end(), [&](const char* end) { return text.ends_with(end); });
}

}  // namespace

TEST_CASE("right answers are spread evenly over the positions of the choices") {
  std::map<std::pair<std::size_t, int>, int> places;  // by number of choices and place
  std::map<std::size_t, int> asked;
  for (const File& file : files_below("scenarios")) {
    const auto scenario = loaded(file.text);
    for (const Ask* ask : questions(*scenario)) {
      ++asked[ask->choices.size()];
      ++places[{ask->choices.size(), ask->answer}];
    }
  }
  REQUIRE(asked[3] > 60);
  for (int place = 0; place < 3; ++place) {
    CAPTURE(place);
    CHECK(places[{3, place}] * 5 >= asked[3]);       // at least a fifth
    CHECK(places[{3, place}] * 20 <= asked[3] * 9);  // and at most 45 %
  }
}

TEST_CASE("the order of answers depends on the seed and the texts, not on their order in the file") {
  const std::string a = R"({"text": {"en": "first"}})", b = R"({"text": {"en": "second"}})",
                    c = R"({"text": {"en": "third"}, "because": {"en": "no"}})";
  std::set<std::vector<std::string>> orders;
  for (int seed = 1; seed <= 20; ++seed) {
    const auto one = loaded(question_file(a + "," + b + "," + c, 1, seed));
    const auto other = loaded(question_file(c + "," + a + "," + b, 2, seed));
    const Ask &x = *questions(*one).front(), &y = *questions(*other).front();
    CHECK(shown(x) == shown(y));
    CHECK(x.choices[static_cast<std::size_t>(x.answer)].text.en == "second");
    CHECK(y.choices[static_cast<std::size_t>(y.answer)].text.en == "second");
    for (const Choice& choice : x.choices) CHECK(choice.because.empty() == (choice.text.en != "third"));
    orders.insert(shown(x));
  }
  CHECK(orders.size() >= 4);
}

TEST_CASE("clocks shortened for a lesson have a badge with Kafka's default") {
  const auto badge = [](const std::string& rest, const char* version = "4.1") {
    const std::string metadata = version == std::string("2.5") ? R"("metadata": "zookeeper", )" : "";
    return clock_badge(shortened_clocks(
        *loaded(R"({"format": 1, "kafka": ")" + std::string(version) + R"(", "until": "9s", "cluster": {)" + metadata +
                R"("brokers": 1, "config": {"offsets.topic.replication.factor": 1}})" + rest + "}")));
  };
  const std::string six = R"({"group.id": "g", "session.timeout.ms": 6000})";
  const std::string topic = R"(, "topics": [{"name": "t"}], "clients": [)";
  const auto reader = [](const char* id, const std::string& config) {
    return R"({"id": ")" + std::string(id) + R"(", "kind": "consumer", "topics": ["t"], "config": )" + config + "}";
  };
  SUBCASE("a clock that all clients have in common has one badge") {
    const Text text = badge(topic + reader("a", six) + "," + reader("b", six) + "]");
    CHECK(text.en == "session.timeout.ms: 6 s here, Kafka's default 45 s");
    CHECK(text.ko == "session.timeout.ms: 여기서는 6초, Kafka 기본값은 45초");
  }
  SUBCASE("the default is that of the file's Kafka version") {
    CHECK(badge(topic + reader("a", six) + "]", "2.5").en == "session.timeout.ms: 6 s here, Kafka's default 10 s");
  }
  SUBCASE("the badge names the client if others of its kind keep the default") {
    CHECK(badge(topic + reader("a", six) + "," + reader("b", R"({"group.id": "g"})") + "]").en ==
          "session.timeout.ms (a): 6 s here, Kafka's default 45 s");
  }
  SUBCASE(
      "several clocks share one line; a key whose default is null is compared with the default of the coarser key") {
    const Text text = badge(R"(, "topics": [{"name": "t", "config": {"segment.ms": 10000}}], "steps": [
        {"at": "1s", "do": "configure", "config": {"log.retention.ms": 1500}}])");
    CHECK(text.en == "segment.ms: 10 s here, Kafka's default 7 d · log.retention.ms: 1.5 s, default 7 d");
    CHECK(text.ko == "segment.ms: 여기서는 10초, Kafka 기본값은 7일 · log.retention.ms: 1.5초, 기본값 7일");
  }
  SUBCASE("longer values, defaults and keys that are not clocks have no badge") {
    CHECK(badge(topic + reader("a", R"({"group.id": "g", "session.timeout.ms": 60000, "heartbeat.interval.ms": 3000,
        "max.poll.records": 1})") +
                "]")
              .empty());
  }
}

TEST_CASE("the badges of a lesson name every clock that its file shortens") {
  static const std::map<std::string, std::int64_t> kSome = {
      {"max.poll.interval.ms", 300000},   {"auto.commit.interval.ms", 5000},           {"delivery.timeout.ms", 120000},
      {"replica.lag.time.max.ms", 30000}, {"log.retention.check.interval.ms", 300000}, {"segment.ms", 604800000},
      {"request.timeout.ms", 30000},      {"delete.retention.ms", 86400000},           {"max.block.ms", 60000}};
  int found = 0;
  for (const File& file : files_below("scenarios")) {
    CAPTURE(file.name);
    const std::string badge = clock_badge(shortened_clocks(*loaded(file.text))).en;
    const std::function<void(const json&)> look = [&](const json& node) {
      if (!node.is_structured()) return;
      for (const auto& item : node.items()) {
        const std::string& key = item.key();
        const json& value = item.value();
        const auto known = node.is_object() ? kSome.find(key) : kSome.end();
        if (known != kSome.end() && value.is_number() && value.get<std::int64_t>() < known->second) {
          ++found;
          CHECK_MESSAGE(badge.find(key) != std::string::npos, key);
        }
        look(value);
      }
    };
    json text = json::parse(file.text);
    text.erase("variants");  // the changes of other variants, and those to try, are not part of this run
    text.erase("try");
    look(text);
  }
  CHECK(found > 20);
}

TEST_CASE("titles and texts of lessons contain none of the listed unclear phrases") {
  static const std::vector<std::string> kNever = {
      "long since",       "who writes waits", "Rather no than maybe", "Seen by some",
      "talk by INTERNAL", "come by EXTERNAL", "Who reads with",       "Is it epoch",
      "lose no nine",     "The crowns go",    "a yes that",           "hears yes",
      "whoever heard",    "second answer",    "first answer",         "third answer"};
  static const std::vector<std::string> kNie = {
      "독자",        "리더가 청하고", "새 삶",  "똑같은 끝",  "메모리도 함께", "\"네\"",    "사본",
      "표를 청해도", "하나는 둘보다", "벽시계", "9초를 잃는", "첫 번째 답",    "두 번째 답"};
  for (const File& file : files_below("scenarios")) {
    CAPTURE(file.name);
    const json text = json::parse(file.text);
    for_each_text(text, "", [&](const std::string& path, const std::string& en, const std::string& ko) {
      CAPTURE(path);
      for (const std::string& never : kNever) CHECK_MESSAGE(en.find(never) == std::string::npos, never);
      for (const std::string& never : kNie) CHECK_MESSAGE(ko.find(never) == std::string::npos, never);
      if (!path.ends_with("/say")) return;
      const std::string head = head_of(en), head_ko = head_of(ko);
      CHECK_MESSAGE(std::count(head.begin(), head.end(), ' ') >= 2, head);  // a subject, a verb and something more
      CHECK_MESSAGE(ends_in_any(head_ko, {"요", "까", "죠", "다"}), head_ko);
    });
  }
}

TEST_CASE("lessons state the settings that they depend on, and say only what happens") {
  struct Said {
    const char *lesson, *en, *ko;
  };
  static constexpr Said kSaid[] = {
      {"consumer/manual-commit", "skips nine records", "아홉 개를 건너뛰어요"},
      {"producer/console-producer", "which the tool logs as a warning", "도구가 경고를 찍어요"},
      {"replication/follower-fetch", "replica.selector.class=RackAwareReplicaSelector",
       "replica.selector.class=RackAwareReplicaSelector"},
      {"groups/share-group", "a preview feature in Kafka 4.1 that share.version=1 switches on",
       "프리뷰 기능이라 share.version=1로 켜야"},
      {"controller/zookeeper-vs-kraft", "acks=all and enable.idempotence=true in both",
       "둘 다 acks=all과 enable.idempotence=true로 설정했어요"},
      {"operations/scale-out", "The throttle is still set after the move", "스로틀은 그대로 남아"},
      {"replication/leader-failover", "automatically within five minutes", "5분 안에 자동으로"},
      {"consumer/reset", "by_duration:PT10S", "by_duration:PT10S"},
  };
  for (const Said& said : kSaid) {
    const std::string lesson = said.lesson;
    CAPTURE(lesson);
    bool english = false, korean = false;
    const json text = json::parse(read_text(source_path("scenarios/" + lesson + ".json")));
    for_each_text(text, "", [&](const std::string&, const std::string& en, const std::string& ko) {
      english = english || en.find(said.en) != std::string::npos;
      korean = korean || ko.find(said.ko) != std::string::npos;
    });
    CHECK(english);
    CHECK(korean);
  }
}
