// The reasons in facts: their texts.
#include <doctest/doctest.h>

#include <map>
#include <set>
#include <string>

#include "coordinator/group_cause.h"
#include "observe/words/both.h"
#include "observe/words/words.h"
#include "protocol/all_facts.h"
#include "words/catalogue.h"

using namespace kafkascope;

TEST_CASE("every reason of every fact has words in both languages, and the catalogues have no other reasons") {
  std::set<std::string> keys;
  std::map<std::string_view, std::string_view> declared;
  fact::AllFacts::for_each([&]<class F>() {
    constexpr sim::FactNames kNames = sim::names_of<F>();
    if (kNames.reason.empty()) return;
    const auto [family, fresh] = declared.emplace(kNames.reasons.name, kNames.reasons.declared);
    CHECK(family->second == kNames.reasons.declared);  // two enums must not share a family
    for (const sim::ReasonNumber number : kNames.reasons.numbers())
      keys.insert("reason." + std::string(kNames.reasons.name) + "." + kNames.reasons.name_of(number));
  });
  CHECK(keys.size() > 100);
  for (const std::string& key : keys)
    for (const words::Lang lang : words::kLangs) {
      CAPTURE(key);
      CHECK(words::built_in(lang).find(words::Key(key)) != nullptr);
    }
  for (const words::Row& row : words::built_in(words::Lang::En).rows())
    if (std::string_view(row.key).starts_with("reason.")) {
      CAPTURE(row.key);
      CHECK(keys.contains(row.key));
    }
}

TEST_CASE("a reason's words name the member, the count or the error; an empty reason has no words") {
  CHECK(observe::reason_words(fact::TruncationReason{}).empty());
  CHECK(observe::reason_words(fact::DirFailureReason::Full).en == "no space left on the disk");
  CHECK(observe::reason_words(fact::DirFailureReason::Full).ko == "디스크에 자리가 없어요");
  using fact::GroupReason;
  const std::string member = "c-1-0e6fae30-1b2c-4d5e-8f90-0123456789ab";
  const auto said = [](coordinator::GroupCause cause) { return observe::group_words(cause).en; };
  CHECK(said({GroupReason::Joined, member}) == "c-1 joined");
  CHECK(said({GroupReason::NewMetadata, member, "subscription has changed"}) ==
        "c-1 has new metadata: subscription has changed");
  CHECK(said({GroupReason::NewMetadata, member}) == "c-1 has new metadata");
  CHECK(said({GroupReason::NoSyncFromSome, "", "", 2}) == "2 members sent no SyncGroup in time");
  CHECK(said({GroupReason::AssignmentNotStored, "", "", 7}) == "the assignment could not be stored: REQUEST_TIMED_OUT");
  CHECK(said(coordinator::GroupCause{GroupReason::SessionTimeout}.of_leaving(member)) == "c-1 left: session timeout");
  const auto silent = observe::group_words(coordinator::GroupCause{GroupReason::SessionTimeout}.of_leaving(member),
                                           "session.timeout.ms=6000");
  CHECK(silent.en == "c-1 left: session timeout, session.timeout.ms=6000");
  CHECK(silent.ko == "c-1 이탈: 세션 타임아웃, session.timeout.ms=6000");
  const auto closed = observe::group_words(
      coordinator::GroupCause{GroupReason::Left, "", "the consumer is being closed"}.of_leaving(member));
  CHECK(closed.en == "c-1 left: the consumer is being closed");
  CHECK(closed.ko == "c-1 이탈: 컨슈머 종료");
}
