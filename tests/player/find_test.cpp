// Find: what Enter opens or does for what people type: a lesson rather than a fault, an explanation rather than a comparison, and nothing for
// what has happened already.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "player/helpers.h"
#include "player/window.h"
#include "ui/keys.h"
#include "ui/strings.h"

using namespace kafkascope;
using namespace kafkascope::app;
using ui::Lang;
using ui::make_id;

namespace {

std::vector<ui::LessonEntry> bundled() {
  std::vector<ui::LessonEntry> all;
  for (const auto& file : std::filesystem::recursive_directory_iterator(source_root() + "/scenarios")) {
    if (file.path().extension() != ".json") continue;
    std::ifstream in(file.path());
    const auto json = nlohmann::json::parse(in);
    const auto words = [&](const char* key) {
      return ui::Words{json[key].value("en", std::string()), json[key].value("ko", std::string())};
    };
    all.push_back({json.value("id", std::string()), json.value("track", std::string()), words("title"),
                   words("summary"), json.value("concepts", std::vector<std::string>())});
  }
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  return all;
}

/// A lesson's window with all lessons, and what Enter does for a query.
struct Finder {
  PlayerWindow w;
  Finder(const char* lesson, std::int64_t at_us, Lang lang) : w(lesson, at_us, Layout::Lesson, 1280, 720) {
    w.h.dashboard.set_lessons(bundled());
    w.h.dashboard.set_language(lang);
    w.frames(2);
  }
  std::vector<Action> enter(const std::string& query) {
    w.h.dashboard.state().origin = {};
    w.h.key(ui::kKeyK, true);
    for (int i = 0; i < 4; ++i) w.h.frame();
    w.h.dashboard.state().palette_text.clear();
    w.h.type(query.c_str());
    w.h.settle();
    w.h.actions();
    REQUIRE_MESSAGE(w.h.click(make_id("palette row", 0)), query);
    w.h.frame();
    return w.h.actions();
  }
  std::string lesson(const std::string& query) {
    for (const Action& a : enter(query))
      if (a.kind == ActionKind::OpenLesson) return a.text;
    return {};
  }
  std::string origin(const std::string& query) {
    enter(query);
    return w.h.dashboard.state().origin.name;
  }
  std::string fault(const std::string& query) {
    for (const Action& a : enter(query))
      if (a.kind == ActionKind::Fault) return a.verb + " " + a.target;
    return {};
  }
};

}  // namespace

TEST_CASE("Find: the exact id or title of each lesson opens that lesson, in either language") {
  const std::vector<ui::LessonEntry> lessons = bundled();
  REQUIRE(lessons.size() > 50);
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    Finder f("replication/min-insync", 2'000'000, lang);
    for (const ui::LessonEntry& lesson : lessons) {
      CHECK(f.lesson(lesson.id) == lesson.id);
      CHECK(f.lesson(lang == Lang::En ? lesson.title.en : lesson.title.ko) == lesson.id);
    }
  }
}

TEST_CASE("Find: words of a lesson's title open the lesson and change no world; an act needs its node as well") {
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    Finder f("why/page-cache", 2'000'000, lang);
    CHECK(f.lesson("slow disk") == "slow-disk");
    CHECK(f.lesson("disk slow") == "slow-disk");
    CHECK_FALSE(f.lesson("leader dies").empty());
    CHECK(f.fault("slow disk broker-1") == "disk broker-1");
    CHECK(f.fault("crash broker-1") == "crash broker-1");
    CHECK(f.fault("broker-1 crash") == "crash broker-1");
    CHECK(f.fault("broker-1 dies") == "crash broker-1");
    CHECK(f.fault("broker-1이 지금 죽으면") == "crash broker-1");
  }
}

TEST_CASE("Find: part of a setting's key opens its explanation, and a typed setting with a value opens a comparison") {
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    Finder f("replication/isr-shrink-expand", 2'000'000, lang);
    CHECK(f.origin("replica.lag") == "replica.lag.time.max.ms");
    CHECK(f.origin("lag.time.max") == "replica.lag.time.max.ms");
    CHECK(f.origin("replica.lag.time.max.ms") == "replica.lag.time.max.ms");
    CHECK(f.origin("linger.ms") == "linger.ms");
    const auto compared = f.enter("acks=1");
    CHECK(std::any_of(compared.begin(), compared.end(), [](const Action& a) {
      return a.kind == ActionKind::OpenTwin && a.text == "acks" && a.other == "1";
    }));
  }
}

TEST_CASE("Find: acks=1 leads to what has it, what is selected first; 'what if acks=1' leads to another world") {
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    Finder f("producer/acks", 6'000'000, lang);
    const auto leads = [&](const std::string& query) {
      for (const Action& a : f.enter(query)) {
        if (a.kind == ActionKind::Select) return "select " + a.target;
        if (a.kind == ActionKind::OpenTwin) return a.target + " " + a.text + "=" + a.other;
      }
      return std::string("nothing");
    };
    CHECK(leads("acks=1") == "select acks-1");
    f.w.h.dashboard.state().selection = "acks-all";
    CHECK(leads("acks=1") == "acks-all acks=1");
    CHECK(leads("acks=0") == "acks-all acks=0");
    CHECK(leads("acks=all") == "select acks-all");
    for (const char* query : {"what if acks=all", "what with acks=all", "만약 acks=all이면", "acks=all이면"})
      CHECK_MESSAGE(leads(query) == "acks-0 acks=all", query);
    f.w.h.dashboard.state().selection = "acks-1";
    CHECK(leads("what if acks=all") == "acks-1 acks=all");
  }
}

TEST_CASE("Find: a producer that Kafka allows no other acks comes after those for which acks matters") {
  auto file = nlohmann::json::parse(text_of("producer/acks"));
  nlohmann::json bound = file["clients"][0];
  bound["id"] = "bound";
  bound["config"] = {{"transactional.id", "t"}};
  file["clients"].insert(file["clients"].begin(), std::move(bound));
  PlayerWindow w(file.dump(), 2'000'000, Layout::Lesson, 1280, 720);
  const auto offers = w.player.lesson().twin_offers;
  REQUIRE(offers);
  std::vector<std::string> producers;
  for (const ui::TwinOffer& offer : *offers)
    if (offer.key == "acks") producers.push_back(offer.target);
  REQUIRE(producers.size() > 1);
  CHECK(producers.back() == "bound");
}

TEST_CASE("Find lists a setting that is also a term of the glossary once, under each of its names") {
  Finder f("producer/acks", 2'000'000, Lang::En);
  for (const std::string key : {"acks", "linger.ms", "batch.size", "min.insync.replicas", "auto.offset.reset"}) {
    f.w.h.dashboard.state().palette_text.clear();
    f.w.h.key(ui::kKeyK, true);
    for (int i = 0; i < 4; ++i) f.w.h.frame();
    f.w.h.type(key.c_str());
    f.w.h.settle();
    const float left = f.w.h.dashboard.hits().find(make_id("palette row", 0)).x + 60;
    const auto& pieces = f.w.h.dashboard.diagnostics().pieces;
    const auto rows = std::count_if(pieces.begin(), pieces.end(), [&](const auto& kind) {
      const bool explains = kind.text == "setting" || kind.text == "term";
      return explains && std::any_of(pieces.begin(), pieces.end(), [&](const auto& name) {
               return name.text == key && name.rect.x < left && std::abs(name.rect.cy() - kind.rect.cy()) < 4;
             });
    });
    CHECK_MESSAGE(rows == 1, key);
    f.w.h.key(ui::kKeyEscape);
    f.w.h.frame();
  }
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    f.w.h.dashboard.set_language(lang);
    CHECK(f.origin("최소 ISR 수") == "min.insync.replicas");
    CHECK(f.origin("링거 시간") == "linger.ms");
    CHECK(f.origin("acks(응답 수준)") == "acks");
    CHECK(f.origin("batch.size") == "batch.size");
  }
}

TEST_CASE("Find: a request to crash a dead broker answers that the broker is down and changes nothing") {
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    Finder f("replication/min-insync", 33'000'000, lang);
    const std::int64_t now = f.w.player.now().us;
    for (const char* query : {"broker-2 crash", "crash broker-2", "broker-2 dies", "what if broker-2 dies",
                              "broker-2 크래시", "broker-2가 죽으면", "broker-2 죽으면", "broker-2 power off"}) {
      CAPTURE(query);
      for (const Action& a : f.enter(query)) {
        CHECK(a.kind != ActionKind::Seek);
        CHECK(a.kind != ActionKind::Fault);
        CHECK(a.kind != ActionKind::OpenTwin);
        f.w.player.act(a);
      }
      f.w.h.settle();
      const std::string told = lang == Lang::En ? "broker-2 is down already" : "broker-2는 이미 꺼져 있어요";
      const auto& pieces = f.w.h.dashboard.diagnostics().pieces;
      CHECK(std::any_of(pieces.begin(), pieces.end(), [&](const auto& piece) { return piece.text == told; }));
      CHECK(f.w.player.now().us == now);
    }
    CHECK(f.fault("restart broker-2") == "restart broker-2");
  }
}

TEST_CASE("Find: words of everyday life find the question, the lost records and the crash") {
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    Finder f("delivery/exactly-once", 12'000'000, lang);
    const auto why = [&](const std::string& query) {
      for (const Action& a : f.enter(query))
        if (a.kind == ActionKind::Why) return a.text;
      return std::string("nothing");
    };
    for (const char* query :
         {"why lost", "why is the record lost", "lost record", "왜 유실", "레코드가 왜 사라졌나요"}) {
      CAPTURE(query);
      CHECK(why(query).starts_with("/ledger/lost"));
    }
    for (const char* query : {"stuck", "why stuck", "why is it stuck", "nothing moves", "왜 멈췄나요"}) {
      CAPTURE(query);
      CHECK(why(query) != "nothing");
    }
    CHECK(f.fault("broker-2 dies") == "crash broker-2");
    CHECK(f.fault("broker-2 죽으면") == "crash broker-2");
  }
}

TEST_CASE("Find: a panel's name brings the panel to the front, and a question about the high watermark asks about it") {
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    Finder f("replication/min-insync", 12'000'000, lang);
    for (const char* query : {"metrics", "지표"}) {
      f.enter(query);
      CHECK(f.w.h.dashboard.state().tab == ui::Tab::Metrics);
      f.w.h.dashboard.state().tab = ui::Tab::Partitions;
    }
    for (const char* query :
         {"why is the high watermark stuck", "high watermark stuck", "하이 워터마크가 왜 멈췄나요"}) {
      std::string asked;
      for (const Action& a : f.enter(query))
        if (a.kind == ActionKind::Why) asked = a.text;
      CHECK_MESSAGE(asked == "/partitions/pay-0/high_watermark", query);
    }
  }
}

TEST_CASE("Find: the exception of an error finds the error's card before any lesson") {
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    Finder f("replication/min-insync", 12'000'000, lang);
    using ExceptionOf = std::pair<const char*, const char*>;
    for (const ExceptionOf& of : {ExceptionOf("ProducerFencedException", "PRODUCER_FENCED"),
                                  ExceptionOf("notenoughreplicasexception", "NOT_ENOUGH_REPLICAS"),
                                  ExceptionOf("ProducerFencedExc", "PRODUCER_FENCED"),
                                  ExceptionOf("OutOfOrderSequenceException", "OUT_OF_ORDER_SEQUENCE_NUMBER")})
      CHECK(f.origin(of.first) == of.second);
  }
}

TEST_CASE("Find: the open lesson comes after everything else that is found") {
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    for (const char* lesson : {"replication/min-insync", "operations/slow-disk", "delivery/zombie-fencing",
                               "producer/acks", "log/retention"}) {
      CAPTURE(lesson);
      Finder f(lesson, 2'000'000, lang);
      const std::string open = f.w.player.lesson().id;
      for (const char* query : {"replica", "producer", "high watermark", "하이 워터마크", "slow disk", "좀비", "acks",
                                "retention", "ProducerFencedException"}) {
        CAPTURE(query);
        const std::vector<Action> done = f.enter(query);
        for (const Action& a : done) {
          CHECK(a.kind != ActionKind::Fault);
          CHECK_FALSE((a.kind == ActionKind::OpenLesson && a.text == open));
        }
      }
    }
  }
}

TEST_CASE("the list of variants says that worlds open beside the lesson only of those that do") {
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    const auto heads = [&](const char* lesson, words::Key key) {
      Finder find(lesson, 1'000'000, lang);
      find.w.key(ui::kKeyV);
      const auto& pieces = find.w.h.dashboard.diagnostics().pieces;
      return std::any_of(pieces.begin(), pieces.end(),
                         [&](const auto& piece) { return piece.text == ui::tr(lang, key); });
    };
    CHECK(heads("groups/share-group", "ui.variants_none_but_seed"_w));  // another lesson shows ZooKeeper
    CHECK_FALSE(heads("groups/share-group", "ui.variants_none_but"_w));
    CHECK(heads("controller/controller-duties", "ui.variants_none_but"_w));
  }
}
