#include "ui/fixture.h"

namespace kafkascope::ui::fixture {

LessonModel lesson(Scene scene) {
  LessonModel m;
  m.present = true;
  m.id = "leader-failover";
  m.title = {"The leader dies", "리더가 죽으면"};
  const double at[] = {1, 4, 8, 12, 20.9, 25.5, 28.5, 32, 37};
  for (double t : at) m.steps.push_back({{"", ""}, static_cast<std::int64_t>(t * 1e6), StepKind::Say, false});
  m.view.panels = {"stage", "partitions"};
  m.view.select = "orders-0";
  switch (scene) {
    case Scene::First:
      m.step = 0;
      m.coach_marks = true;
      m.step_title = {"Three copies", "복제본 셋"};
      m.paragraphs = {{"orders has three partitions. Each one is kept three times, on three brokers.",
                       "orders에는 파티션이 셋 있어요. 저마다 브로커 셋에 세 번 보관돼요."},
                      {"One copy leads. It takes every write; the others fetch from it.",
                       "복제본 하나가 리더예요. 쓰기를 모두 받고, 나머지는 리더에서 가져가요."}};
      break;
    case Scene::Ask:
    case Scene::Votes:
      m.step = 2;
      m.step_title = {"Before it happens", "일어나기 전에"};
      m.paragraphs = {
          {"broker-1 leads orders-0. In a moment it will die.", "broker-1이 orders-0의 리더예요. 곧 죽어요."}};
      m.question.phase = QuestionPhase::Open;
      m.question.question = {"Point at the broker that will lead orders-0 next.",
                             "orders-0의 다음 리더가 될 브로커를 가리켜 보세요."};
      m.question.choices = {
          {{"broker-1", ""}, {}}, {{"broker-2", ""}, {}}, {{"broker-3", ""}, {}}, {{"nobody", "아무도 아님"}, {}}};
      m.question.pick = PickKind::Node;
      m.question.candidates = {"broker-1", "broker-2", "broker-3"};
      m.question.answer = 1;
      m.owes = {"after your answer", "답한 뒤에"};
      m.can_next = false;
      m.view.point = {{"/partitions/orders-0/leader", {"leads orders-0 now", "지금 orders-0의 리더"}}};
      if (scene == Scene::Votes) {
        m.question.voting = true;
        m.question.votes = {0, 14, 9, 3};
      }
      break;
    case Scene::Turn:
      m.step = 3;
      m.step_title = {"Your turn", "이제 직접 해 보세요"};
      m.paragraphs = {{"Crash broker-1.", "broker-1을 크래시시켜 보세요."},
                      {"Its log stays on disk. Only the process ends.", "로그는 디스크에 남아요. 프로세스만 끝나요."}};
      m.turn.open = true;
      m.turn.verb = "crash";
      m.turn.node = "broker-1";
      m.turn.deed = {"crash broker-1", "broker-1 크래시"};
      m.turn.after = {"after the crash", "크래시한 뒤에"};
      m.turn.key = "C";
      m.question.phase = QuestionPhase::Predicted;
      m.question.choices = {{{"broker-1", ""}, {}}, {{"broker-2", ""}, {}}, {{"broker-3", ""}, {}}};
      m.question.chosen = 1;
      m.owes = {"after the crash", "크래시한 뒤에"};
      m.can_next = false;
      break;
    case Scene::Glide:
      m.step = 3;
      m.step_title = {"It has gone quiet", "조용해졌어요"};
      m.paragraphs = {
          {"Nobody is told. The heartbeats of broker-1 simply stop.",
           "아무도 알려 주지 않아요. broker-1의 하트비트가 멈췄을 뿐이에요."},
          {"orders-0 has no leader. The other partitions take writes, yet broker-1 is still in their ISR, so acks=all gets no answer.",
           "orders-0은 리더가 없어요. 다른 파티션은 쓰기를 받지만, broker-1이 아직 ISR에 있어서 acks=all은 응답을 못 받아요."}};
      m.glide = {true,
                 {"9 s go by", "9초가 지나가요"},
                 {"A dead broker and a slow one look the same.", "죽은 브로커와 느린 브로커는 똑같아 보여요."},
                 12'000'000,
                 20'871'000,
                 {"crash", "크래시"},
                 {"session runs out", "세션 만료"},
                 true};
      m.undo = {true, {"broker-1 crashed", "broker-1 크래시"}, true};
      m.view.point = {{"/nodes/broker-1/session", {"", ""}}};
      break;
    case Scene::Held:
    case Scene::Differed:
      m.step = 4;
      m.step_title = {"The controller chooses", "컨트롤러의 선택"};
      m.paragraphs = {
          {"broker-1 died at 12.000 s. For 9 s nobody could know: a dead broker and a slow one look the same.",
           "broker-1은 12.000초에 죽었어요. 그 뒤 9초 동안은 아무도 몰랐어요. 죽은 브로커와 느린 브로커는 똑같아 보이니까요."},
          {"Then its session ran out. The active controller fenced it and gave orders-0 to the first live replica in the ISR: broker-2, epoch 3.",
           "세션이 만료되자 활성 컨트롤러가 broker-1을 차단하고, ISR에서 살아 있는 첫 복제본 broker-2를 에포크 3의 리더로 뽑았어요."}};
      m.question.phase = scene == Scene::Held ? QuestionPhase::Held : QuestionPhase::Differed;
      m.question.question = {"Who leads next?", "다음 리더는?"};
      m.question.choices = {{{"The first live ISR member", "살아 있는 첫 ISR 멤버"}, {}},
                            {{"The one with the most data", "로그가 가장 긴 복제본"}, {}}};
      m.question.answer = 0;
      m.question.chosen = scene == Scene::Held ? 0 : 1;
      m.question.outcome = {"No acknowledged record lost.", "유실된 레코드는 없어요."};
      m.question.why = {
          "All ISR members have every committed record, so any of them will do; the order makes it simple.",
          "ISR 멤버는 커밋된 걸 다 가져서 누구든 돼요. 그래서 순서로 정해요."};
      m.next_label = {"Next: it returns", "다음: 재시작"};
      break;
    case Scene::Detour:
      m.step = 4;
      m.step_title = {"Your own way", "나만의 길"};
      m.paragraphs = {{"broker-1 is down. orders-0 has moved to broker-2.",
                       "broker-1이 죽었어요. orders-0은 broker-2로 옮겨 갔어요."}};
      m.detour = {
          true,
          {"you crashed broker-2", "broker-2를 크래시했어요"},
          20'900'000,
          4,
          {{{"crashed broker-2, now", "broker-2 크래시, 지금"}, 20'900'000, true},
           {{"cut broker-3 from the controller, 00:10.2", "broker-3과 컨트롤러 끊기, 00:10.2"}, 10'200'000, false}}};
      m.undo = {true, {"broker-2 crashed", "broker-2 크래시"}, true};
      m.view.panels = {"stage", "timeline"};
      break;
    case Scene::End:
      m.step = 8;
      m.step_title = {"What you saw", "본 것"};
      m.paragraphs = {
          {"The old leader came back as a follower and caught up.", "옛 리더가 팔로워로 돌아와 따라잡았어요."}};
      m.end = {
          true,
          {"A leader died, and nothing acknowledged was lost.", "리더가 죽었지만 ack 받은 레코드는 잃지 않았어요."},
          "isr-shrink-expand",
          {"Falling behind, catching up", "뒤처지고 따라잡기"}};
      m.tries = {{{"Use shutdown instead of crash", "crash 대신 shutdown"}}};
      break;
    case Scene::Free: m = LessonModel{}; break;
  }
  for (int i = 0; i < m.step && i < static_cast<int>(m.steps.size()); ++i)
    m.steps[static_cast<std::size_t>(i)].done = true;
  return m;
}

TimelineModel timeline(Moment moment) {
  TimelineModel t;
  const std::int64_t now[] = {3'214'118, 16'402'030, 20'913'402, 31'402'118};
  t.now_us = now[static_cast<int>(moment)];
  t.known_us = t.now_us;
  t.until_us = 40'000'000;
  t.playing = moment != Moment::Elected;
  t.speed_ppm = 100'000;
  const double steps[] = {1, 4, 8, 12, 20.9, 25.5, 28.5, 32, 37};
  for (double s : steps) t.marks.push_back({static_cast<std::int64_t>(s * 1e6), MarkKind::Step, -1, {}, {}});
  const bool crashed = moment != Moment::Before, elected = moment == Moment::Elected || moment == Moment::Returned;
  if (crashed) t.marks.push_back({12'000'000, MarkKind::Fault, -1, {"crash broker-1", "broker-1 크래시"}, "crash"});
  const std::int64_t end = t.now_us;
  t.lanes = {{"broker-1", LaneKind::Broker, {}},
             {"broker-2", LaneKind::Broker, {}},
             {"broker-3", LaneKind::Broker, {}},
             {"controller", LaneKind::Controller, {}},
             {"billing", LaneKind::Group, {}}};
  if (crashed) {
    t.lanes[0].spans = {{0, 600'000, SpanKind::Alive, 0, {}},
                        {600'000, 12'000'000, SpanKind::Alive, 1, {}},
                        {12'000'000, end, SpanKind::Dead, 0, {"session time-out 9 s", "세션 타임아웃 9초"}}};
  } else {
    t.lanes[0].spans = {{0, 600'000, SpanKind::Alive, 0, {}}, {600'000, end, SpanKind::Alive, 1, {}}};
  }
  t.lanes[1].spans = {{0, 600'000, SpanKind::Alive, 0, {}},
                      {600'000, elected ? 20'871'000 : end, SpanKind::Alive, 1, {}}};
  if (elected) t.lanes[1].spans.push_back({20'871'000, end, SpanKind::Alive, 2, {}});
  t.lanes[2].spans = {{0, 600'000, SpanKind::Alive, 0, {}}, {600'000, end, SpanKind::Alive, 1, {}}};
  t.lanes[3].spans = {{0, end, SpanKind::Alive, 0, {}}};
  for (double s : {.3, .5, .6, 3.2, 7.7}) {
    if (s * 1e6 < static_cast<double>(end))
      t.marks.push_back({static_cast<std::int64_t>(s * 1e6), MarkKind::Command, 3, {}, {}});
  }
  if (elected) {
    t.marks.push_back({20'871'000, MarkKind::Election, 3, {"fence 1, elect 2", "1 차단, 2 선출"}, {}});
    t.moves.push_back({20'871'000, 0, 1, "orders-0"});
  }
  t.lanes[4].spans = {{800'000, std::min<std::int64_t>(3'400'000, end), SpanKind::State, 0, {"rebalance", "리밸런스"}}};
  if (end > 3'400'000) t.lanes[4].spans.push_back({3'400'000, end, SpanKind::State, 1, {"Stable · 4", ""}});
  t.watermark_partition = "orders-0";
  for (std::int64_t us = 0; us <= end; us += 250'000) {
    const double q = static_cast<double>(us) / 1e6;
    const auto hw = static_cast<std::int64_t>(q < 12 ? 800 + q * 20 : q < 20.9 ? 1040 : 1040 + (q - 20.9) * 20);
    t.watermarks.push_back({us, hw, hw + (q > 12 && q < 20.9 ? 3 : 2)});
  }
  t.space = std::make_shared<const SpaceTime>(space_time(moment));
  return t;
}

SpaceTime space_time(Moment moment) {
  // Nodes as in world(): controllers 0 to 2, brokers 3 to 5, then checkout, web, billing-1, billing-2.
  const std::int64_t now[] = {3'214'118, 16'402'030, 20'913'402, 31'402'118};
  SpaceTime m;
  const std::int64_t end = m.end_us = now[static_cast<int>(moment)];
  m.usual_us = 1'100;
  m.lives.resize(10);
  std::uint64_t line = 1000;
  const auto send = [&](int from, int to, const char* api, bool response, std::int64_t sent, std::int64_t ended,
                        observe::Family family, FlightEnd how = FlightEnd::Arrived) -> Flight& {
    Flight f;
    f.message.from = from;
    f.message.to = to;
    f.message.api = api;
    f.message.response = response;
    f.message.family = family;
    f.message.sent_us = end + sent;
    f.message.arrives_us = end + ended;
    f.message.fraction = ended > 0 ? static_cast<float>(-sent) / static_cast<float>(ended - sent) : 1.f;
    f.end = how;
    f.sent_line = line++;
    f.line = how == FlightEnd::UnderWay ? 0 : line++;
    m.flights.push_back(std::move(f));
    return m.flights.back();
  };
  using observe::Family;
  const auto carries = [](Flight& f, int records) { f.message.partition = 0, f.message.records = records; };
  send(4, 1, "BrokerHeartbeat", false, -16'200, -15'000, Family::Control).routine = true;
  send(1, 4, "BrokerHeartbeat", true, -15'000, -13'900, Family::Control).routine = true;
  send(7, 3, "Metadata", false, -14'000, -12'900, Family::Metadata, FlightEnd::Lost);
  send(1, 4, "Fetch", true, -13'200, -11'400, Family::Control).message.about = {"led by 2", "리더 2"};
  carries(send(6, 4, "Produce", false, -10'100, -8'700, Family::Produce), 3);
  send(5, 4, "Fetch", false, -9'400, -8'300, Family::Replicate).fetch_offset = 1042;
  m.flights.back().message.partition = 0;
  m.flights.back().routine = true;
  carries(send(4, 5, "Fetch", true, -7'500, -6'200, Family::Replicate), 3);
  send(4, 6, "Produce", true, -5'000, -3'800, Family::Produce);
  send(9, 5, "Fetch", false, -11'800, -3'000, Family::Consume).delayed = true;
  carries(send(6, 4, "Produce", false, -1'200, 300, Family::Produce, FlightEnd::UnderWay), 2);
  send(8, 5, "OffsetCommit", false, -2'600, -1, Family::Group, FlightEnd::UnderWay).message.held = true;
  m.flights.back().message.arrives_us = -1;
  const auto mark = [&](std::int64_t at, int node, LifeMarkKind kind, observe::Words words, observe::Words label = {}) {
    m.marks.push_back({end + at, node, line++, kind, std::move(words), std::move(label)});
  };
  if (moment == Moment::Elected) {
    mark(-13'200, 1, LifeMarkKind::TimeOut, {"controller-2 fences broker-1", "controller-2가 broker-1을 차단"});
    mark(-11'400, 4, LifeMarkKind::Leads, {"broker-2 leads orders-0", "broker-2가 orders-0의 리더"},
         {"leads orders-0, epoch 3", "orders-0 리더, 에포크 3"});
  }
  if (moment == Moment::Waiting || moment == Moment::Elected)
    m.lives[3].breaks.push_back({12'000'000, -1, false, 116, {"crashed", "크래시"}});
  if (moment == Moment::Returned)
    m.lives[3].breaks.push_back({12'000'000, 25'500'000, false, 116, {"crashed", "크래시"}});
  return m;
}

LogModel log(Moment moment) {
  LogModel m;
  const TimelineModel t = timeline(moment);
  const Words words[] = {{"checkout sends Produce to broker-1: orders-0, 3 records",
                          "checkout이 broker-1에 Produce 전송: orders-0, 레코드 3개"},
                         {"broker-1 appends 3 records at 1040", "broker-1이 1040에 레코드 3개 추가"},
                         {"broker-3 fetches orders-0 from 1040", "broker-3이 orders-0을 1040부터 페치"},
                         {"the high watermark of orders-0 moves to 1040", "orders-0의 하이 워터마크가 1040으로"},
                         {"checkout is told yes for 3 records", "checkout이 레코드 3개의 ack를 받음"}};
  const char* kinds[] = {"message.sent", "log.append", "replica.fetch", "hw.advance", "record.acked"};
  const char* nodes[] = {"checkout", "broker-1", "broker-3", "broker-1", "checkout"};
  for (int i = 0; i < 120; ++i) {
    m.entries.push_back({static_cast<std::uint64_t>(i + 1), static_cast<std::uint64_t>(i), t.now_us - (120 - i) * 8'311,
                         nodes[i % 5], kinds[i % 5], "orders-0", words[i % 5]});
  }
  m.total = 4312;
  return m;
}

LogModel log_with_chain() {
  LogModel m = log(Moment::Elected);
  m.chain_title = {"Record 117 of checkout was acknowledged, and is gone.",
                   "checkout의 레코드 117은 ack를 받았지만 사라졌어요."};
  m.chain = {{114,
              11'999'604,
              "broker-1",
              {"appends it at 1041, epoch 2", "1041에 추가, 에포크 2"},
              {"acks=1: the leader alone", "acks=1: 리더만"},
              0},
             {115,
              11'999'810,
              "checkout",
              {"is told yes", "ack를 받음"},
              {"Produce response, no error", "Produce 응답, 오류 없음"},
              0},
             {116,
              12'000'000,
              "broker-1",
              {"crashes: last fetch asked for 1041", "크래시, 마지막 페치는 1041"},
              {"fault of step 4", "4단계의 장애"},
              'd'},
             {117,
              20'871'000,
              "controller-2",
              {"its session runs out: fence it", "세션 만료, 차단"},
              {"9 s without heartbeat", "9초 동안 하트비트 없음"},
              0},
             {118,
              20'874'000,
              "broker-2",
              {"leads in epoch 3, its log ends at 1041", "에포크 3의 리더, 로그 끝 1041"},
              {"in ISR, and yet behind", "ISR이지만 뒤처짐"},
              'l'},
             {119,
              20'912'150,
              "broker-2",
              {"puts another record at 1041", "1041에 다른 레코드 추가"},
              {"from here it is lost", "여기서 유실"},
              'd'}};
  m.fate = "lost_acked";
  for (int i = 0; i < 3; ++i) {
    m.fate_records.push_back({"checkout",
                              117 + i,
                              "c" + std::to_string(3 + i),
                              "orders-0",
                              1041 + i,
                              "lost_acked",
                              {"acked by broker-1, copied by nobody", "broker-1이 ack, 복제는 없음"}});
  }
  return m;
}

std::vector<Branch> three_runs() {
  return {{{"A leader dies", "리더가 죽는다"}, 0, 40'000'000, false, RunKind::Script, 3'000'000, 0, 0},
          {{"you crashed broker-3", "broker-3 크래시"}, 3'000'000, 9'000'000, true, RunKind::Detour, 8'000'000, 1, 1},
          {{"same script, seed 43", "같은 대본, 시드 43"}, 0, 20'000'000, false, RunKind::Seed, 20'000'000, 4, 0}};
}

}  // namespace kafkascope::ui::fixture
