#include "words/catalogue.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <sstream>

#include "words/message.h"
#include "words/pattern.h"

namespace kafkascope::words {

namespace {

#include "catalogues.inc"

template <std::size_t N>
struct Table {
  std::array<Slot, slots_for(N)> slots{};
  bool whole = false;
};

template <std::size_t N>
consteval Table<N> table_of(const Row (&rows)[N]) {
  Table<N> table;
  table.whole = fill_slots(rows, table.slots);
  return table;
}

constexpr auto kEnTable = table_of(k_en);
constexpr auto kKoTable = table_of(k_ko);
static_assert(kEnTable.whole && kKoTable.whole, "a key stands twice in a catalogue, or two have one hash");
constexpr Catalogue kBuiltIn[] = {{k_en, kEnTable.slots}, {k_ko, kKoTable.slots}};

/// The content of a folder; it lives as long as the program.
struct Loaded {
  std::vector<std::string> store;
  std::vector<Row> rows;
  std::vector<Slot> slots;
  std::optional<Catalogue> catalogue;
};
Loaded loaded[2];
const Catalogue* spoken[2] = {&kBuiltIn[0], &kBuiltIn[1]};

Problem problem(const std::string& file, std::uint32_t line, std::uint32_t column, Key what,
                std::initializer_list<Arg> arguments = {}) {
  return {file, line, column, render(Lang::En, what, arguments), render(Lang::Ko, what, arguments)};
}

std::string joined(const std::vector<std::string_view>& names) {
  std::string all;
  for (const std::string_view name : names) (all += all.empty() ? "{" : ", {").append(name) += '}';
  return all;
}

/// Parses one JSON object of strings and notes their positions.
class Reader {
 public:
  Reader(std::string_view text, const std::string& file, std::vector<std::string>& store)
      : text_(text), file_(file), store_(store) {}

  Read read() {
    if (text_.starts_with("\xEF\xBB\xBF")) at_ = line_start_ = 3;
    skip();
    if (!take('{')) return fail("words.problem.object"_w);
    skip();
    if (take('}')) return end();
    for (;;) {
      skip();
      const std::uint32_t line = line_, column = column_here();
      std::optional<std::string> key = string();
      if (!key) return std::move(out_);
      skip();
      if (!take(':')) return fail("words.problem.colon"_w);
      skip();
      const std::uint32_t text_line = line_, text_column = column_here() + 1;
      std::optional<std::string> pattern = string();
      if (!pattern) return std::move(out_);
      add(std::move(*key), line, column, std::move(*pattern), text_line, text_column);
      skip();
      if (take(',')) continue;
      if (take('}')) return end();
      return fail("words.problem.comma"_w);
    }
  }

 private:
  void add(std::string key, std::uint32_t line, std::uint32_t column, std::string pattern, std::uint32_t text_line,
           std::uint32_t text_column) {
    const auto [first, fresh] = seen_.emplace(key, line);
    if (!is_key(key)) out_.problems.push_back(problem(file_, line, column, "words.problem.key"_w, {{"key", key}}));
    if (!fresh)
      out_.problems.push_back(problem(file_, line, column, "words.problem.twice"_w,
                                      {{"key", key}, {"line", std::to_string(first->second)}}));
    if (const Checked checked = check(pattern); checked.fault != Fault::None) {
      const Key what = checked.fault == Fault::Unclosed   ? "words.problem.unclosed"_w
                       : checked.fault == Fault::Unopened ? "words.problem.unopened"_w
                       : checked.fault == Fault::Plural   ? "words.problem.plural"_w
                       : checked.fault == Fault::Particle ? "words.problem.particle"_w
                                                          : "words.problem.name"_w;
      out_.problems.push_back(problem(file_, text_line, text_column + static_cast<std::uint32_t>(checked.at), what));
    }
    store_.push_back(std::move(key));
    store_.push_back(std::move(pattern));
    const std::size_t n = store_.size();
    places_.push_back({n - 2, text_line, text_column});
  }

  Read end() {
    skip();
    if (at_ < text_.size()) return fail("words.problem.behind"_w);
    for (const Place& p : places_)
      out_.rows.push_back({store_[p.key].c_str(), store_[p.key + 1].c_str(), p.line, p.column});
    return std::move(out_);
  }

  void complain(Key what) { out_.problems.push_back(problem(file_, line_, column_here(), what)); }
  Read fail(Key what) {
    complain(what);
    return std::move(out_);
  }

  /// Parses a string; returns nullopt and reports a problem if there is none at this position.
  std::optional<std::string> string() {
    if (!take('"')) {
      complain("words.problem.string"_w);
      return std::nullopt;
    }
    std::string s;
    while (at_ < text_.size() && text_[at_] != '"' && static_cast<unsigned char>(text_[at_]) >= 0x20) {
      if (text_[at_] != '\\') {
        s += text_[at_++];
        continue;
      }
      constexpr std::string_view kLetters = "\"\\/nt", kMeant = "\"\\/\n\t";
      const std::size_t which = at_ + 1 < text_.size() ? kLetters.find(text_[at_ + 1]) : std::string_view::npos;
      if (which == std::string_view::npos) {
        complain("words.problem.escape"_w);
        return std::nullopt;
      }
      s += kMeant[which];
      at_ += 2;
    }
    if (!take('"')) {
      complain("words.problem.string_end"_w);
      return std::nullopt;
    }
    return s;
  }

  bool take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  void skip() {
    while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos) {
      if (text_[at_] == '\n') {
        ++line_;
        line_start_ = at_ + 1;
      }
      ++at_;
    }
  }

  std::uint32_t column_here() const { return static_cast<std::uint32_t>(at_ - line_start_ + 1); }

  struct Place {
    std::size_t key;  // index in the store; the key's pattern follows it
    std::uint32_t line, column;
  };
  std::string_view text_;
  const std::string& file_;
  std::vector<std::string>& store_;
  std::size_t at_ = 0, line_start_ = 0;
  std::uint32_t line_ = 1;
  std::vector<Place> places_;
  std::map<std::string, std::uint32_t> seen_;
  Read out_;
};

}  // namespace

const Catalogue& built_in(Lang lang) { return kBuiltIn[static_cast<std::size_t>(lang)]; }
const Catalogue& catalogue(Lang lang) { return *spoken[static_cast<std::size_t>(lang)]; }

std::string to_text(const Problem& p, Lang lang) {
  std::string place = p.file;
  if (p.line > 0) place += ":" + std::to_string(p.line) + ":" + std::to_string(p.column);
  return place + ": " + (lang == Lang::Ko ? p.ko : p.en);
}

Read read_catalogue(std::string_view text, const std::string& file, std::vector<std::string>& store) {
  return Reader(text, file, store).read();
}

std::vector<Problem> compare_with_built_in(std::span<const Row> rows, const std::string& file) {
  std::vector<Problem> problems;
  std::map<std::string_view, const Row*> here;
  for (const Row& row : rows) here.emplace(row.key, &row);
  const Catalogue& wanted = built_in(Lang::En);
  for (const Row& row : rows) {
    const char* english = wanted.find(Key(std::string_view(row.key)));
    if (english == nullptr) {
      problems.push_back(problem(file, row.line, row.column, "words.problem.unknown"_w, {{"key", row.key}}));
      continue;
    }
    const std::vector<std::string_view> has = check(row.text).names, needs = check(english).names;
    if (has != needs)
      problems.push_back(problem(file, row.line, row.column,
                                 needs.empty() ? "words.problem.no_arguments"_w : "words.problem.arguments"_w,
                                 {{"key", row.key}, {"has", joined(has)}, {"needs", joined(needs)}}));
  }
  for (const Row& row : wanted.rows())
    if (!here.contains(row.key)) problems.push_back(problem(file, 0, 0, "words.problem.missing"_w, {{"key", row.key}}));
  return problems;
}

std::vector<Problem> use_folder(const std::string& folder) {
  std::vector<Problem> problems;
  Loaded fresh[2];
  bool any = false;
  for (const Lang lang : kLangs) {
    const std::string file = folder + "/" + code(lang) + ".json";
    std::ifstream in(file, std::ios::binary);
    if (!in) continue;
    any = true;
    std::ostringstream content;
    content << in.rdbuf();
    Loaded& l = fresh[static_cast<std::size_t>(lang)];
    Read read = read_catalogue(content.str(), file, l.store);
    if (read.problems.empty()) read.problems = compare_with_built_in(read.rows, file);
    problems.insert(problems.end(), read.problems.begin(), read.problems.end());
    l.rows = std::move(read.rows);
  }
  if (!any) problems.push_back(problem(folder, 0, 0, "words.problem.folder"_w));
  if (!problems.empty()) return problems;
  for (std::size_t i = 0; i < std::size(fresh); ++i) {
    if (fresh[i].rows.empty()) continue;
    loaded[i] = std::move(fresh[i]);
    loaded[i].slots.resize(slots_for(loaded[i].rows.size()));
    fill_slots(loaded[i].rows, loaded[i].slots);
    loaded[i].catalogue.emplace(loaded[i].rows, loaded[i].slots);
    spoken[i] = &*loaded[i].catalogue;
  }
  return {};
}

}  // namespace kafkascope::words
