// The first sentence of a narration is the step's title.
#include "app/lesson_flow.h"
#include "player/helpers.h"

using namespace kafkascope;
using namespace kafkascope::app;

TEST_CASE("a step's title may have a configuration key with dots, or a Korean sentence of 25 letters") {
  ui::Words title;
  std::vector<ui::Words> paragraphs;
  split_narration({"log.roll.ms wins over log.roll.hours. The topic has no key of its own.",
                   "log.roll.ms가 log.roll.hours보다 우선해요. 토픽에는 자기 설정이 없어요."},
                  title, paragraphs);
  CHECK(title.en == "log.roll.ms wins over log.roll.hours");
  CHECK(title.ko == "log.roll.ms가 log.roll.hours보다 우선해요");
  REQUIRE(paragraphs.size() == 1);
  CHECK(paragraphs[0].en == "The topic has no key of its own.");
  paragraphs.clear();
  split_narration({"The controller waits. Nothing is decided.",
                   "컨트롤러는 마지막 하트비트부터 아홉 초를 기다려요. 아무것도 정하지 않아요."},
                  title, paragraphs);
  CHECK(title.ko == "컨트롤러는 마지막 하트비트부터 아홉 초를 기다려요");
  paragraphs.clear();
  split_narration(
      {"This first sentence is far too long to stand above the others as the title of its step. So it is none.",
       "제목이에요. 아니에요."},
      title, paragraphs);
  CHECK(title.empty());
}
