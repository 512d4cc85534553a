#include "client/commit_queue.h"

#include <doctest/doctest.h>

using namespace kafkascope;
using namespace kafkascope::client;

namespace {

Commit of(CommitKind kind, std::int64_t deadline_ms) {
  Commit c;
  c.kind = kind;
  c.deadline = {deadline_ms * 1000};
  return c;
}
constexpr sim::Instant ms(std::int64_t t) { return {t * 1000}; }

}  // namespace

TEST_CASE("an asynchronous commit times out only if the application waits for it") {
  CommitQueue q;
  q.add(of(CommitKind::Async, 30));
  q.add(of(CommitKind::Sync, 20));
  CHECK(q.next_time(ms(0)) == ms(20));
  for (const std::uint64_t id : {1, 2}) q.change(id, [](Commit& c) { c.sent = true; });
  CHECK(q.unsent().empty());
  CHECK(q.over(ms(100)) == std::vector<std::uint64_t>{2});
  q.change(2, [](Commit& c) { c.kind = CommitKind::GivenUp; });
  CHECK(q.over(ms(100)).empty());
  CHECK(q.next_time(ms(0)) == sim::kNever);
  CHECK(q.any(CommitKind::Async));
  CHECK_FALSE(q.any(CommitKind::Sync));
  q.erase(1);
  CHECK_FALSE(q.any(CommitKind::Async));
  CHECK(q.find(1) == nullptr);
}

TEST_CASE("timed-out commits are reported in the order of their calls; a retry has its own time-out") {
  CommitQueue q;
  q.add(of(CommitKind::Async, 40));
  q.add(of(CommitKind::Async, 30));
  q.add(of(CommitKind::Sync, 90));
  CHECK(q.over(ms(40)) == std::vector<std::uint64_t>{1, 2});
  CHECK(q.over(ms(39)) == std::vector<std::uint64_t>{2});
  q.change(3, [](Commit& c) {
    c.again = true;
    c.retry_at = ms(50);
  });
  CHECK(q.next_time(ms(40)) == ms(50));
  CHECK(q.next_time(ms(50)) == ms(90));
  CHECK(q.unsent() == std::set<std::uint64_t>{1, 2, 3});
}
