// The bundled lessons: where they are, their order, and what a name means.
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace kafkascope::cli {

/// The folder of the bundled lessons: $KAFKASCOPE_SCENARIOS, beside the program, above it (a build tree), or here.
std::optional<std::filesystem::path> lessons_folder();
/// In the order of scenarios/curriculum.txt; files missing there come last, by name.
std::vector<std::filesystem::path> lesson_files();
/// Whether the file is in the folder of the bundled lessons.
bool is_bundled(const std::string& file);
/// The file of a bundled lesson given by id ("acks"), track and id ("producer/acks") or path in the sources, or of a
/// row of docs/delivery-semantics.md ("delivery-acks-0"); other names, and existing files, are returned unchanged.
std::string lesson_or_file(const std::string& name);
/// The lesson that opens first.
std::optional<std::string> first_lesson();

}  // namespace kafkascope::cli
