// Wrong usage: each mistake gives one clear error with a remedy, and the exit status of docs/scenario-format.md.
#include "app/program.h"

namespace fs = std::filesystem;

namespace {

/// One line (or the checker's lines) on standard error, nothing on standard output, exit 2.
void one_error(const std::string& arguments, const std::string& part) {
  CAPTURE(arguments);
  CHECK(run(arguments + " 2>/dev/null </dev/null").out == "");
  const Ran r = run(arguments + " 2>&1 </dev/null");
  CHECK(r.status == 2);
  CHECK_MESSAGE(r.out.find(part) != std::string::npos, r.out);
  CHECK_MESSAGE(std::count(r.out.begin(), r.out.end(), '\n') == 1, r.out);
}

}  // namespace

TEST_CASE("files that cannot be read as scenarios are refused") {
  for (const std::string command : {"run ", "tell ", "inspect --at 1s ", "check "}) {
    one_error(command + "no-such-file.json", "no-such-file.json: there is no such file; check the name");
    one_error(command + source("scenarios").string(), "is a folder; name a scenario file in it");
  }
  const TemporaryFile empty("empty.json", ""),
      binary("binary.json", std::string("\x7f"
                                        "ELF\x02\x01\x00\x00\x00\xff\xfe",
                                        11)),
      list("list.json", "[]"), text("text.json", "hello"), nul("nul.json", small_scenario() + std::string("\0x", 2));
  for (const TemporaryFile* file : {&empty, &binary, &list, &text})
    one_error("run " + file->name(), file->name() + ":1:");
  one_error(
      "run " + nul.name(),
      ":5:1: /: something after the end of the document; delete everything after the } or ] that ends the document");
}

TEST_CASE("a name that does not exist is refused with the names that do") {
  one_error("tool producer/acks --at 6s kafka-topics --list",
            "; write -- before the tool: kafkascope tool FILE --at T -- ");
  one_error("compare producer/acks --variant nope",
            "no variant is called \"nope\"; the file has no variants, only \"base\"");
  one_error("run controller/zookeeper-vs-kraft --variant nope", "no variant is called \"nope\"; there are base, ");
  one_error("compare producer/acks --without 99s", "these do something: 0");
  one_error("--lang ko compare producer/acks --variant nope", "파일 자체인 \"base\"만");
  const auto with_view = [&](const char* select) {
    std::string view =
        R"({"at": "1s", "say": {"en": "x", "ko": "x"}, "view": {"select": ")" + std::string(select) + R"("}})";
    return R"({"format": 1, "id": "chosen", "kafka": "4.1", "cluster": {"brokers": 1}, "topics": [{"name": "orders", )"
           R"("partitions": 3}], "steps": [)" +
           view + R"(, {"at": "2s", "do": "create_topic", "topic": "more", "partitions": 8}], "until": "3s"})";
  };
  const TemporaryFile beyond("beyond.json", with_view("orders-7")), last("last.json", with_view("orders-2")),
      later("later.json", with_view("more-7"));
  const Ran refused = run("check " + beyond.name() + " 2>&1");
  CHECK(refused.status == 2);
  CHECK_MESSAGE(refused.out.find("nothing is called \"orders-7\"") != std::string::npos, refused.out);
  CHECK(run("check " + last.name()).status == 0);
  CHECK(run("check " + later.name()).status == 0);
  const std::string render = "render producer/acks --at 5s --out never.png ";
  if (run(render + "--beside try@99 2>&1").out.find("KAFKASCOPE_UI=OFF") != std::string::npos) return;
  one_error(render + "--beside nonsense", "the file has no variants");
  one_error(render + "--beside without@99s", "; of this file's steps, from 0 on, these do something: 0");
  one_error(render + "--select broker-9", "; there are controller-1, ");
}

TEST_CASE("a byte-order mark is ignored") {
  const TemporaryFile file("bom.json", "\xEF\xBB\xBF" + small_scenario());
  CHECK(run("run " + file.name()).status == 0);
}

TEST_CASE("a file is refused if it is larger than 16 MB, nested too deep, or has numbers out of range") {
  const TemporaryFile large("large.json", std::string(17000000, ' ')), deep("deep.json", std::string(100000, '[')),
      huge("huge.json", small_scenario(R"(, "seed": 1e999)")),
      wide("wide.json", small_scenario(R"(, "seed": 99999999999999999999999)"));
  one_error("run " + large.name(), "the file is too large; at most 16 MB");
  one_error("run " + deep.name(), "nested deeper than 64 levels");
  one_error("run " + huge.name(), "a number that no program can hold");
  one_error("run " + wide.name(), "/seed");
}

TEST_CASE("check: it confirms a good file on standard error, and prints only problems on standard output") {
  const TemporaryFile good("good.json", small_scenario(R"(, "steps": [{"at": "1s", "say": {"en": "hi"}}])"));
  CHECK(run("check " + good.name() + " 2>/dev/null").out == "");
  const Ran r = run("check " + good.name() + " 2>&1");
  CHECK(r.status == 0);
  CHECK(r.out == "ok: " + good.name() + ": 1 step, 0 expectations, until 2s\n");
}

TEST_CASE("unknown options and impossible values are refused") {
  const TemporaryFile file("small.json", small_scenario());
  one_error("run", "kafkascope run: FILE is required; see kafkascope run --help");
  one_error("run --frobnicate " + file.name(), "--frobnicate");
  one_error("run --seed -1 " + file.name(), "a seed is a whole number");
  one_error("run --seed 1e3 " + file.name(), "--seed");
  one_error("run --seeds 0 " + file.name(), "--seeds");
  one_error("run --until never " + file.name(), "until");
  one_error("run --set cluster/brokers " + file.name(), "--set: cluster/brokers: expected PATH=VALUE");
  one_error("run --set /no/such=1 " + file.name(), "no");
  one_error("run --variant old " + file.name(), "no variant is called \"old\"");
  one_error("inspect " + file.name(), "--at is required");
  one_error("inspect --at -1s " + file.name(), "--at -1s: not a moment; expected");
  one_error("inspect --at 1 " + file.name(), "not a moment");
  one_error("inspect --at 6 " + file.name(), "00:06.400; did you mean 6s?");
  one_error("why --path /ledger --at '6,4 sec' " + file.name(), "did you mean 6.4s?");
  one_error("run --until 00:90 " + file.name(), "--until 00:90: not a moment");
  one_error("--lang ko compare --without 00:x " + file.name(), "--without 00:x: 시각이 아니에요");
  CHECK(run("inspect --at 00:01.500 --path /at_us " + file.name()).out == "1500000\n");
  CHECK(run("run --until 00:01.500 " + file.name()).out == run("run --until 1500ms " + file.name()).out);
  one_error("inspect --at 1s --path /nodes/broker-9 " + file.name(), "--path /nodes/broker-9: there is nothing at 1s");
  one_error("inspect --at 1s --path /nodes/broker-l " + file.name(), "did you mean /nodes/broker-1?");
  one_error("inspect --at 1s --path /partitons/orders-0 " + file.name(), "did you mean /partitions?");
  one_error("inspect --at 1s --path nodes " + file.name(), "a JSON pointer begins with /");
  one_error("--lang fr run " + file.name(), "--lang");
  one_error("rnu " + file.name(), "did you mean run?");
  one_error("--lang en rnu " + file.name(), "did you mean run?");
  one_error("rum", "neither a command nor a file; did you mean run?");
  one_error("new lesson", "--out is required");
  one_error("new novel --out x.json", "no such template");
}

TEST_CASE("run: an earlier end leaves out the later steps of the file, and a later end extends the run") {
  const TemporaryFile file("steps.json", small_scenario(R"(, "steps": [{"at": "1500ms", "say": {"en": "later"}}])"));
  CHECK(run("run --until 1s " + file.name()).status == 0);
  CHECK(run("run --until 1s " + file.name()).out.find("later") == std::string::npos);
  CHECK(run("run --until 4s " + file.name()).out.find("later") != std::string::npos);
  one_error("run --until 0s " + file.name(), "until");
  one_error("run --until 366d " + file.name(), "until");
}

TEST_CASE("an output that cannot be written is refused before the run") {
  const TemporaryFile file("small.json", small_scenario());
  const std::string folder = fs::temp_directory_path().string();
  one_error("run --junit /no/such/folder/x.xml " + file.name(), "cannot be written; does its folder exist");
  one_error("run --trace " + folder + " " + file.name(), "is a folder; name a file in it");
  one_error("new lesson --out /no/such/folder/x.json", "cannot be written");
  one_error("new lesson --out " + file.name(), "already exists and was not changed");
  CHECK(read(file.path) == small_scenario());
  const fs::path report = temporary("kept.xml");
  CHECK(run("run no-such-file.json --junit " + report.string() + " 2>/dev/null").status == 2);
  CHECK_FALSE(fs::exists(report));  // a refused run leaves no file behind
}

TEST_CASE("run: if one of several files is bad, none of them is run") {
  const TemporaryFile good("good.json", small_scenario()), bad("bad.json", small_scenario(R"(, "seeed": 1)"));
  const Ran r = run("run " + good.name() + " " + bad.name() + " 2>/dev/null");
  CHECK(r.status == 2);
  CHECK(r.out == "");
}

TEST_CASE("a syntax error in a file is reported with its place and with what to write there") {
  const auto remedy = [](const std::string& text, const std::string& said) {
    const TemporaryFile file("form.json", text);
    one_error("run " + file.name(), file.name() + said);
  };
  remedy("{\"format\": 1,", ":1:14: /: the file ends in the middle of a value; write what is missing at the end");
  remedy("{\"format\": 1 \"id\": \"x\"}",
         ":1:17: /: a comma or the end of the object was expected here; write a comma");
  remedy("{\"steps\": [1, ]}", ":1:15: /steps/1: a value was expected here; write a value");
  remedy("{\"id\": yes}", ":1:8: /id: a word that JSON does not know; write true, false or null");
  remedy("{\"id\": \"x\" // the id\n}", ":1:12: /: a comment; JSON has no comments: delete it");
}

TEST_CASE("why: a question about something that does not exist is answered with what exists") {
  const std::string shrink = "why isr-shrink-expand --at 15s ";
  one_error(shrink + "--record orders-0/200",
            "--record orders-0/200: orders-0 has no record at offset 200 at that moment");
  one_error(shrink + "--record orders-7/1", "there is no orders-7 under /partitions at that moment; there is orders-0");
  one_error(shrink + "--record shpo/1", "there are reader, shop; did you mean shop?");
  one_error(shrink + "--path /partitions/orders-0/isrr", "there is no isrr under /partitions/orders-0");
  one_error(shrink + "--path /time_us", "kafkascope cannot explain this value. Ask for example /cluster/");
}

TEST_CASE("render: a second world that cannot be opened is refused with the reason") {
  const std::string render = "render producer/acks --at 5s --out never.png --beside ";
  if (run(render + "try@99 2>&1").out.find("KAFKASCOPE_UI=OFF") != std::string::npos) return;  // draws nothing
  one_error(render + "try@99", "there is 1 change to try in this lesson");
  one_error(render + "without@1s", "nothing is done at that moment");
  one_error(render + "banana", "no variant is called \"banana\"");
  one_error(render + "base", "shown already");
  one_error(render + "clients/x/config/acks=1", "clients has no \"x\"; one of acks-0, acks-1, acks-all");
  one_error(render + "clients/acks-1/config/ackz=1", "did you mean \"acks\"?");
}

TEST_CASE("compare: --without names the steps that do something") {
  one_error("compare producer/acks --without 99", "these do something: 0 (0s), ");
  one_error("compare producer/acks --without 7s", "9 (25s)");
  one_error("compare producer/acks --without banana", "banana");
}

TEST_CASE("a misspelt lesson gets a suggestion of the nearest one, in the form in which it was asked for") {
  one_error("run akcs", "did you mean acks?");
  one_error("run producer/akcs", "did you mean producer/acks?");
  one_error("run scenarios/producer/akcs.json", "did you mean scenarios/producer/acks.json?");
}

TEST_CASE("check recognizes a course, and names its lessons that do not exist") {
  const Ran good = run("check " + source("courses/kafka-study.json").string() + " 2>&1");
  CHECK(good.status == 0);
  CHECK(good.out.find("a course, 8 meetings, ") != std::string::npos);
  const TemporaryFile wrong(
      "course.json", R"({"id": "c", "title": {"en": "c", "ko": "c"}, "summary": {"en": "c", "ko": "c"}, "extra": [],
    "meetings": [{"id": "m", "title": {"en": "m", "ko": "m"}, "lessons": ["acks", "akcs"]}]})");
  const Ran bad = run("check " + wrong.name() + " 2>&1");
  CHECK(bad.status == 2);
  CHECK(bad.out.find("no lesson is called akcs; did you mean acks?") != std::string::npos);
}

TEST_CASE("compare: a lesson that cannot run in the other mode unchanged names its variant for that mode") {
  const Ran ran = run("compare controller/zookeeper-vs-kraft --zookeeper 2>&1");
  CHECK(ran.status == 2);
  CHECK(ran.out.find("the file has a variant for ZooKeeper: use --variant zk") != std::string::npos);
}

TEST_CASE("ledger: its help lists every fate that has sentences") {
  const std::string said = run("ledger producer/acks --fate banana 2>&1").out, help = run("ledger --help").out;
  std::istringstream fates(said.substr(said.rfind(": ") + 2));
  int listed = 0;
  for (std::string fate; std::getline(fates, fate, ',');) {
    fate.erase(0, fate.find_first_not_of(' '));
    while (!fate.empty() && fate.back() == '\n') fate.pop_back();
    CHECK_MESSAGE(help.find(fate) != std::string::npos, fate);
    ++listed;
  }
  CHECK(listed > 10);
}

TEST_CASE("why: the lag of a group without a partition is that of the partition that is furthest behind") {
  const std::string whole = run("why groups/one-to-many --at 20s --path /groups/billing/lag").out;
  CHECK(whole.find("orders-2") < whole.find('\n'));  // the question names it
  CHECK(whole.find("is behind by 48 records in all: orders-0 8, orders-1 16, orders-2 24") != std::string::npos);
  const Ran none = run("why groups/two-groups --at 8s --path /groups/billing/lag 2>&1");
  CHECK(none.out.find("there is nothing under /groups/billing/lag at that moment") != std::string::npos);
}
