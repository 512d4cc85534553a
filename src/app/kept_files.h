// The files of kept work (kept_session.h). The newest is written while someone works. Work from before the program last ended that nobody
// has restored is not overwritten: it goes to a file of its own beside the newest, kept-1.json, kept-2.json ...
#pragma once
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "ui/ui.h"

namespace kafkascope::app {

class KeptFiles {
 public:
  using Write = std::function<void(const std::filesystem::path& file, const std::string& text)>;
  KeptFiles(std::filesystem::path newest, Write write);
  /// The work that waits to be restored, the newest first.
  std::vector<ui::KeptWork> waiting() const;
  /// Whether the kept work was done in that file: it has the same path, or the same name and text.
  static bool belongs_to(const std::string& kept, const std::string& file, const std::string& document);
  /// Whether some of that work was done in the file.
  bool waits_for(const std::string& file, const std::string& document) const;
  /// Writes the newest work. Returns whether work that waits had to make room for it.
  bool write(const std::string& text);
  /// The work of that file is shown again.
  void restored(const std::string& file);

 private:
  Write write_;
  std::filesystem::path newest_, restored_;
  bool waits_ = true;  // what the newest file holds, if anything, is from before, and not restored
};

}  // namespace kafkascope::app
