// Hostile files, and output names that would destroy inputs: each run ends within 2 GiB and 20 s of processor time, or is refused with
// the limit named. tests/hostile/*.json have their exit status and expected words beside them; large files are generated here.
#include <csignal>

#include "app/program.h"
#include "support/sanitized.h"

namespace fs = std::filesystem;

namespace {

// A sanitizer's shadow memory alone exceeds any limit of address space, and each instruction costs several. In such a build the
// files only run once, for the sanitizer's findings.
const std::string kBounds = kSanitized ? "ulimit -t 120; " : "ulimit -v 2097152; ulimit -t 20; ";

/// Runs within the limits; returns the output on both streams.
Ran bounded(const std::string& arguments, const std::string& environment = kEnglish) {
  return run(arguments + " 2>&1 </dev/null", kBounds + environment);
}

/// Whether the text contains nothing that a terminal obeys: no control character but line feed and tab, no C1, no
/// direction mark.
bool is_plain(const std::string& text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]),
               next = static_cast<unsigned char>(i + 1 < text.size() ? text[i + 1] : 0);
    if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7f || (c == 0xC2 && next < 0xA0)) return false;
    if (text.compare(i, 3, "\xE2\x80\xAE") == 0) return false;
  }
  return true;
}

/// A folder of its own, which must contain only the test's files at the end.
struct Folder {
  fs::path path = temporary("outputs");
  Folder() { fs::create_directory(path); }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string file(const std::string& name, const std::string& text) const {
    std::ofstream(path / name, std::ios::binary) << text;
    return (path / name).string();
  }
  std::size_t entries() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(path), fs::directory_iterator()));
  }
};

}  // namespace

TEST_CASE("hostile files run within the limits or are refused with the name of the limit, in both languages") {
  int files = 0;
  for (const auto& entry : fs::directory_iterator(source("tests/hostile"))) {
    if (entry.path().extension() != ".json") continue;
    ++files;
    CAPTURE(entry.path().stem().string());
    std::istringstream expected(read(fs::path(entry.path()).replace_extension(".expected")));
    std::string line;
    std::getline(expected, line);
    const Ran english = bounded("run " + entry.path().string());
    CHECK(english.status == std::stoi(line));
    while (std::getline(expected, line))
      CHECK_MESSAGE(english.out.find(line) != std::string::npos, line, "\n", english.out);
    CHECK(is_plain(english.out));
    if (kSanitized) continue;
    const Ran korean = bounded("run " + entry.path().string(), kKorean);
    CHECK(korean.status == english.status);
    CHECK(is_plain(korean.out));
    CHECK(korean.out.find("STOPPED") == std::string::npos);
    for (const std::string command : {"tell ", "check "}) CHECK(is_plain(bounded(command + entry.path().string()).out));
  }
  CHECK(files >= 7);
}

TEST_CASE("growing a topic to 190,001 partitions takes little more memory than declaring them") {
  if (kSanitized) return;
  const std::string file = source("tests/hostile/grown-step-by-step.json").string();
  const Ran r = run("run " + file + " 2>&1", "ulimit -v 900000; ulimit -t 20; " + std::string(kEnglish));
  CHECK_MESSAGE(r.status == 0, r.out);
}

TEST_CASE("if a run's clock stands still, every command ends with status 3, at the same event each time") {
  const std::string file = source("tests/hostile/time-stands-still.json").string();
  const Ran once = bounded("run " + file);
  CHECK(once.out == bounded("run " + file).out);
  CHECK(bounded("tell " + file).status == 3);
  CHECK(bounded("inspect --at 5s " + file).status == 3);
  CHECK(bounded("inspect --at 1s " + file).status == 0);
  CHECK(bounded("compare --set seed=2 " + file).status == 3);
  CHECK(bounded("export --format html --out " + temporary("still.html").string() + " " + file).status == 3);
  CHECK_FALSE(fs::exists(temporary("still.html")));
  CHECK(bounded("run " + file, kKorean).out.find("시간이 멈췄어요") != std::string::npos);
}

TEST_CASE(
    "run: the reason why a run stopped is printed above the failures that follow from it, which suggest no useless remedy") {
  const Ran r = bounded("run " + source("tests/hostile/standstill-while-a-step-waits.json").string());
  const std::size_t stopped = r.out.find("STOPPED"), failed = r.out.find("FAIL");
  REQUIRE(stopped != std::string::npos);
  REQUIRE(failed != std::string::npos);
  CHECK(stopped < failed);
  CHECK(r.out.find("a longer \"timeout\"") == std::string::npos);
}

TEST_CASE("a title's escape sequences do not reach the terminal") {
  const std::string file = source("tests/hostile/escapes.json").string();
  for (const std::string command : {"run ", "run --json ", "tell ", "check "}) {
    CAPTURE(command);
    const Ran r = bounded(command + file);
    CHECK_MESSAGE(is_plain(r.out), r.out);
  }
  CHECK(
      bounded("tell " + file).out.find("clear \\u001b[2J red \\u009b31m bell \\u0007 del \\u007f left \\u202eright") !=
      std::string::npos);
  CHECK(is_plain(bounded("run 'no\x1b[31m-such\x9b.json'").out));
}

TEST_CASE("an error message shortens a name of 16 MB") {
  const std::string name(15'000'000, 'x');
  const TemporaryFile client("long-client.json",
                             small_scenario(R"(, "steps": [{"at": "1s", "do": "stop", "node": ")" + name + R"("}])")),
      topic("long-topic.json",
            R"({"format": 1, "until": "1s", "cluster": {"brokers": 1}, "topics": [{"name": ")" + name +
                R"(", "partitions": 1, "replication_factor": 1, "config": {"min.insync.replicas": 2}}]})"),
      variant("long-variant.json",
              small_scenario(R"(, "variants": [{"id": ")" + name + R"(", "set": {"clients/nobody/rate": "1/s"}}])")),
      key("long-key.json", small_scenario(R"(, "x": 1, ")" + name + R"(": 1)")),
      // An error about an unknown name also lists the existing ones.
      other("long-other.json", R"({"format": 1, "until": "1s", "cluster": {"brokers": 1}, "topics": [{"name": ")" +
                                   name +
                                   R"(", "partitions": 1, "replication_factor": 1}],
 "clients": [{"id": "shop", "kind": "producer", "topic": "orders", "rate": "1/s"}]})"),
      choice("long-choice.json", small_scenario(R"(, "variants": [{"id": ")" + name +
                                                R"(", "title": {"en": "v"}, "set": {"seed": 2}}],
 "steps": [{"at": "1s", "only": ["nobody"], "say": {"en": "hi"}}])"));
  for (const TemporaryFile* file : {&client, &topic, &variant, &key, &other, &choice})
    for (const std::string command : {"check ", "run "}) {
      const Ran r = bounded(command + file->name());
      CHECK(r.status == 2);
      CHECK(r.out.size() < 4000);
    }
}

TEST_CASE("a file with 1,001 variants gets one error with the limit, and none about the steps that name them") {
  std::string variants, steps;
  for (int i = 0; i < 1001; ++i) {
    variants += (i == 0 ? "" : ",") + std::string(R"({"id": "v)") + std::to_string(i) +
                R"(", "title": {"en": "v"}, "set": {"seed": 2}})";
    steps += (i == 0 ? "" : ",") + std::string(R"({"at": "1s", "only": ["v)") + std::to_string(i) +
             R"("], "say": {"en": "hi"}})";
  }
  const TemporaryFile file("variants.json",
                           small_scenario(", \"variants\": [" + variants + "], \"steps\": [" + steps + "]"));
  const Ran r = bounded("check " + file.name());
  CHECK(r.status == 2);
  CHECK(std::count(r.out.begin(), r.out.end(), '\n') == 1);
  CHECK(r.out.find("the file has 1001 variants; at most 1000") != std::string::npos);
}

TEST_CASE("120,000 topics are checked without comparing each with all others") {
  std::string topics;
  for (int i = 0; i < 120'000; ++i)
    topics += (i == 0 ? "" : ",") + std::string(R"({"name": "a_)") + std::to_string(i) +
              R"(.b", "partitions": 1, "replication_factor": 1})";
  const TemporaryFile file("topics.json", R"({"format": 1, "id": "topics", "cluster": {"brokers": 1}, "topics": [)" +
                                              topics + R"(], "until": "1s"})");
  const Ran r = bounded("check " + file.name());
  CHECK_MESSAGE(r.status == 0, r.out);
}

TEST_CASE("an output file that is the scenario or another output is refused, even under another name") {
  const Folder folder;
  const std::string file = folder.file("it.json", small_scenario()), link = (folder.path / "link.json").string(),
                    other = (folder.path / "other.json").string();
  fs::create_symlink(file, link);
  for (const std::string& arguments :
       {"run " + file + " --trace " + file, "run " + file + " --junit " + link, "run " + link + " --trace " + file,
        "run " + file + " --trace " + folder.path.string() + "/./it.json",
        "export " + file + " --format html --out " + file, "render " + file + " --at 1s --out " + file,
        "run " + file + " --trace " + other + " --junit " + other}) {
    CAPTURE(arguments);
    CHECK(bounded(arguments).status == 2);
    CHECK(read(file) == small_scenario());
  }
  CHECK(bounded("run " + file + " --trace " + file).out.find("is the scenario file itself") != std::string::npos);
  CHECK(
      bounded("run " + file + " --trace " + other + " --junit " + other).out.find("is already the output of --junit") !=
      std::string::npos);
  CHECK(bounded("run " + file + " --trace /dev/null --junit /dev/null").status == 0);
  CHECK(folder.entries() == 2);
}

TEST_CASE("a run that is ended by a signal leaves no half-written file, and an existing file stays") {
  const Folder folder;
  const std::string file = folder.file("it.json", small_scenario()), trace = folder.file("trace", "of before");
  // In one case the processor time is used up, in the other the file exceeds the permitted size.
  for (const auto& [limit, signal] : {std::pair("ulimit -S -t 1; ", SIGXCPU), std::pair("ulimit -f 8; ", SIGXFSZ)}) {
    const Ran r = run("run " + file + " --until 300d --trace " + trace + " >/dev/null 2>&1", limit + kEnglish);
    CHECK(r.status == 128 + signal);
    CHECK(read(trace) == "of before");
    CHECK(folder.entries() == 2);
  }
  CHECK(bounded("run " + file + " --trace " + trace).status == 0);
  CHECK(read(trace).starts_with("{\"seq\":1"));
  CHECK(folder.entries() == 2);
}

TEST_CASE("an output that cannot be written completely gives status 3, on a full disk or a closed pipe") {
  const TemporaryFile file("small.json", small_scenario());
  for (const std::string& arguments :
       {"run " + file.name() + " >/dev/full", "run " + file.name() + " >&-", std::string("--help >/dev/full"),
        "run " + file.name() + " --trace /dev/full >/dev/null",
        "run " + file.name() + " --junit /dev/full >/dev/null"}) {
    CAPTURE(arguments);
    const Ran r = run("2>&1 " + arguments);
    CHECK(r.status == 3);
    CHECK_MESSAGE(r.out.find("could not be written completely") != std::string::npos, r.out);
  }
  // A file that is opened afterwards does not become the standard output.
  const fs::path trace = temporary("trace");
  CHECK(run("run " + file.name() + " --trace " + trace.string() + " >&- 2>/dev/null").status == 3);
  CHECK(read(trace).find("ledger") == std::string::npos);
  fs::remove(trace);
}

TEST_CASE("a symbolic link that points to itself is not reported as a missing file") {
  const Folder folder;
  const std::string loop = (folder.path / "loop.json").string(), file = folder.file("it.json", small_scenario());
  fs::create_symlink(loop, loop);
  CHECK(bounded("run " + loop).out ==
        loop + ": is a symbolic link that leads back to itself; name the file it should lead to\n");
  CHECK(bounded("run " + file + " --trace " + loop).status == 2);
  CHECK(bounded("run " + loop, kKorean).out.find("심볼릭 링크") != std::string::npos);
}

TEST_CASE(
    "render: a size with trailing text, and file names that ffmpeg would take for options or protocols, are refused") {
  const Folder folder;
  const std::string file = folder.file("it.json", small_scenario());
  const Ran wrong = bounded("render " + file + " --at 1s --size 640x480x2 --out " + (folder.path / "x.png").string());
  if (wrong.out.find("built without the dashboard") != std::string::npos) return;
  CHECK(wrong.status == 2);
  CHECK(folder.entries() == 1);
  // A stand-in for ffmpeg: it creates the file named by its last argument, which must begin with file:.
  const std::string stand_in = folder.file(
      "ffmpeg",
      "#!/bin/sh\ncat >/dev/null\nfor last; do :; done\ncase $last in file:*) echo a clip > \"${last#file:}\";; esac\n");
  fs::permissions(stand_in, fs::perms::owner_all);
  for (const std::string name : {"-x.mp4", "pipe:1.mp4"}) {
    CAPTURE(name);
    const Ran r = run("render " + file + " --from 0s --to 100ms --size 320x240 --out=" + name + " >/dev/null 2>&1",
                      "cd " + folder.path.string() + "; PATH=" + folder.path.string() + ":$PATH " + kEnglish);
    if (r.status == 3) return;  // no OpenGL on this machine
    CHECK(r.status == 0);
    CHECK(read(folder.path / name) == "a clip\n");
  }
}
