// What the tests of Why? share: asking, looking for a sentence, and their lists of exceptions.
#pragma once
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <sstream>
#include <string>

#include "observe/why/why.h"
#include "scenario/session.h"
#include "support/lessons.h"
#include "why/whole.h"
#include "words/key.h"

namespace kafkascope::test {

inline observe::Answer asked(scenario::Session& session, const std::string& path) {
  auto answer = whole_why(session.moment(), path);
  REQUIRE_MESSAGE(answer.has_value(), path);
  return *std::move(answer);
}

/// A run of a file of the project.
inline scenario::Session session_at(const std::string& file, std::int64_t at_ms, const std::string& variant = "base") {
  scenario::Session session(loaded(read_text(source_path(file)), variant), true);
  session.run_until(sim::Instant{} + sim::milliseconds(at_ms));
  return session;
}

inline bool has_key(const observe::Answer& answer, words::Key key) {
  return std::any_of(answer.steps.begin(), answer.steps.end(),
                     [&](const observe::WhyStep& step) { return step.key == key; });
}

/// The sentences of the answer in one text.
inline std::string text_of_steps(const observe::Answer& answer) {
  std::string all;
  for (const observe::WhyStep& step : answer.steps) all += step.words.en + "\n";
  return all;
}

inline bool tells(const observe::Answer& answer, const std::string& what) {
  return text_of_steps(answer).find(what) != std::string::npos;
}

/// Whether one of the answer's English sentences contains the text.
inline bool says(const observe::Answer& answer, const std::string& text) {
  return std::any_of(answer.steps.begin(), answer.steps.end(),
                     [&](const observe::WhyStep& step) { return step.words.en.find(text) != std::string::npos; });
}

/// The lines "what | reason" of a file in the project, by what; lines that begin with # are comments.
inline std::map<std::string, std::string> exceptions_in(const std::string& file) {
  std::map<std::string, std::string> exceptions;
  std::istringstream lines(read_text(source_path(file)));
  for (std::string line; std::getline(lines, line);) {
    const std::size_t bar = line.find(" | ");
    if (!line.starts_with("#") && bar != std::string::npos) exceptions[line.substr(0, bar)] = line.substr(bar + 3);
  }
  return exceptions;
}

}  // namespace kafkascope::test
