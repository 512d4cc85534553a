// Work from before the program last ended is offered, and stays until it is restored.
#include "app/kept_files.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include "app/kept_session.h"
#include "player/helpers.h"

using namespace kafkascope;
using namespace kafkascope::app;

namespace {

namespace fs = std::filesystem;

/// A folder of its own, which is empty.
struct Folder {
  Folder() { fs::remove_all(path), fs::create_directories(path); }
  ~Folder() { fs::remove_all(path); }
  fs::path path = fs::temp_directory_path() / "kafkascope-kept-files-test";
  fs::path newest = path / "kept.json";
};

std::string remembered(const fs::path& file) {
  std::ifstream in(file);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

KeptFiles open(const Folder& folder) {
  return {folder.newest, [](const fs::path& file, const std::string& text) { std::ofstream(file) << text; }};
}

std::string work(const char* node, const char* file = "/home/somebody/leader-failover.json") {
  const std::string text = text_of(kFailover);
  Player player(parse(text), file, text);
  player.seek(sim::Instant{3'000'000});
  player.act(fault("crash", node));
  return kept_text(player.runs().kept_session());
}

}  // namespace

TEST_CASE("work that nobody restored is not lost when other work takes its place, each time the program starts") {
  Folder folder;
  const std::string first = work("broker-1"), second = work("broker-2"), third = work("broker-3");
  {
    KeptFiles files = open(folder);
    CHECK(files.waiting().empty());
    CHECK_FALSE(files.write(first));
    CHECK(files.waiting().empty());  // it is this program's own work
  }
  {
    KeptFiles files = open(folder);
    REQUIRE(files.waiting().size() == 1);
    CHECK(files.waiting()[0].acts == 1);
    CHECK(files.waiting()[0].file == folder.newest.string());
    CHECK(files.write(second));
    CHECK_FALSE(files.write(second));
    REQUIRE(files.waiting().size() == 1);
    CHECK(remembered(files.waiting()[0].file) == first);
  }
  KeptFiles files = open(folder);
  REQUIRE(files.waiting().size() == 2);
  CHECK(remembered(files.waiting()[0].file) == second);
  CHECK(files.write(third));
  REQUIRE(files.waiting().size() == 2);
  CHECK(remembered(files.waiting()[0].file) == second);
  CHECK(remembered(files.waiting()[1].file) == first);
  SUBCASE("what is restored is offered no more, and its file is emptied only once the newest one holds it") {
    const std::string file = files.waiting()[1].file;
    files.restored(file);
    CHECK(files.waiting().size() == 1);
    CHECK(remembered(file) == first);
    files.write(first);
    CHECK(remembered(file).empty());
    CHECK(files.waiting().size() == 1);
  }
}

TEST_CASE("restored work is overwritten by what is done after it") {
  Folder folder;
  open(folder).write(work("broker-1"));
  KeptFiles files = open(folder);
  files.restored(folder.newest.string());
  CHECK(files.waiting().empty());
  CHECK_FALSE(files.write(work("broker-2")));
  CHECK(files.waiting().empty());
}

TEST_CASE("no file but those of kept work is ever emptied") {
  Folder folder;
  const fs::path lesson = folder.path / "leader-failover.json";
  std::ofstream(lesson) << "a lesson";
  KeptFiles files = open(folder);
  files.restored(lesson.string());
  files.write(work("broker-1"));
  CHECK(remembered(lesson) == "a lesson");
}

TEST_CASE("kept work belongs to the file with its path, or with its name and text") {
  Folder folder;
  const std::string text = text_of(kFailover), file = (folder.path / "leader-failover.json").string();
  open(folder).write(work("broker-1", file.c_str()));
  const std::string kept = folder.newest.string();
  CHECK(KeptFiles::belongs_to(kept, file, text));
  CHECK(KeptFiles::belongs_to(kept, file, "the file has been edited since"));
  CHECK(KeptFiles::belongs_to(kept, "/elsewhere/leader-failover.json", text));
  CHECK_FALSE(KeptFiles::belongs_to(kept, "/elsewhere/leader-failover.json", "another text"));
  CHECK_FALSE(KeptFiles::belongs_to(kept, "/elsewhere/acks.json", text));
  CHECK_FALSE(KeptFiles::belongs_to((folder.path / "none.json").string(), file, text));
}

TEST_CASE("work waits for the file in which it was done, not for another lesson") {
  Folder folder;
  const std::string text = text_of(kFailover), file = (folder.path / "leader-failover.json").string();
  open(folder).write(work("broker-1", file.c_str()));
  KeptFiles files = open(folder);
  CHECK(files.waits_for(file, text));
  CHECK_FALSE(files.waits_for((folder.path / "acks.json").string(), text_of("producer/acks")));
  files.restored(folder.newest.string());
  CHECK_FALSE(files.waits_for(file, text));
}
