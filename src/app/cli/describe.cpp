#include "app/cli/describe.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string_view>
#include <vector>

namespace kafkascope::cli {
namespace {

using Commands = std::vector<const CLI::App*>;

/// The commands that the help shows.
Commands commands_of(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App* sub) { return !sub->get_group().empty(); });
}

std::vector<const CLI::Option*> options_of(const CLI::App& app) {
  return app.get_options([](const CLI::Option* o) { return o->nonpositional(); });
}

/// --seed, -h
std::vector<std::string> names_of(const CLI::Option& o) {
  std::vector<std::string> names;
  for (const std::string& n : o.get_snames()) names.push_back("-" + n);
  for (const std::string& n : o.get_lnames()) names.push_back("--" + n);
  return names;
}

bool takes_value(const CLI::Option& o) { return o.get_items_expected_max() > 0; }

/// For a type such as TEXT:{en,ko}: en and ko.
std::vector<std::string> choices_of(const CLI::Option& o) {
  const std::string type = o.get_type_name();
  std::vector<std::string> choices;
  for (std::size_t from = type.find('{'); from < type.size() && type[from] != '}';) {
    const std::size_t end = type.find_first_of(",}", from + 1);
    choices.push_back(type.substr(from + 1, end - from - 1));
    from = end;
  }
  return choices;
}

std::string joined(const std::vector<std::string>& words, const char* between) {
  return fmt::format("{}", fmt::join(words, between));
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  for (std::size_t i = 0; (i = text.find(from, i)) != std::string::npos; i += to.size())
    text.replace(i, from.size(), to);
  return text;
}

// ---- manual page

std::string roff(const std::string& text) {
  std::string out = replaced(replaced(text, "\\", "\\e"), "-", "\\-");
  if (out.starts_with('.') || out.starts_with('\'')) out = "\\&" + out;
  return out;
}

std::string option_entries(const CLI::App& app) {
  std::string out;
  for (const CLI::Option* o : options_of(app)) {
    out += ".TP\n.B " + roff(joined(names_of(*o), ", "));
    if (takes_value(*o))
      out += " \\fI" +
             roff(choices_of(*o).empty() ? o->get_type_name().substr(0, o->get_type_name().find(':'))
                                         : joined(choices_of(*o), "|")) +
             "\\fR";
    out += "\n" + roff(o->get_description()) + "\n";
  }
  return out;
}

/// The footer's lines after its heading, unchanged.
std::string examples(const CLI::App& app) {
  const std::string footer = app.get_footer();
  std::string out;
  for (std::size_t line = footer.find('\n'); line != std::string::npos && line + 1 < footer.size();) {
    const std::size_t end = footer.find('\n', line + 1);
    out += roff(footer.substr(line + 1, end - line - 1)) + "\n";
    line = end;
  }
  return out.empty() ? "" : ".PP\n.nf\n" + out + ".fi\n";
}

std::string usage_of(const CLI::App& app) {
  std::string out;
  for (const CLI::Option* o : app.get_options([](const CLI::Option* p) { return p->get_positional(); }))
    out += (o->get_required() ? " " : " [") + o->get_name(true) + (o->get_required() ? "" : "]");
  return out;
}

std::string man_page(const CLI::App& app) {
  std::string description = app.get_description();
  const std::size_t end = description.find('\n');
  const std::string name = description.substr(0, end).substr(description.find(": ") + 2);
  std::string out =
      ".TH KAFKASCOPE 1 \"\" \"Kafkascope " KAFKASCOPE_VERSION "\"\n.SH NAME\nkafkascope \\- " + roff(name) +
      "\n.SH SYNOPSIS\n.B kafkascope\n[\\fIOPTIONS\\fR] [\\fIFILE\\fR]\n.br\n.B kafkascope\n\\fICOMMAND\\fR "
      "[\\fIOPTIONS\\fR]\n.SH DESCRIPTION\n" +
      roff(description.substr(end + 1)) + "\n.SH OPTIONS\n" + option_entries(app) + ".SH COMMANDS\n";
  for (const CLI::App* sub : commands_of(app))
    out += ".SS kafkascope " + roff(sub->get_name() + usage_of(*sub)) + "\n" + roff(sub->get_description()) + ".\n" +
           option_entries(*sub) + examples(*sub);
  return out +
         ".SH EXIT STATUS\n0: everything held. 1: an expectation or an invariant failed. 2: the input was wrong. 3: it "
         "could not be done here.\n.SH ENVIRONMENT\n.TP\n.B KAFKASCOPE_SCENARIOS\nthe folder of the lessons\n.TP\n.B "
         "KAFKASCOPE_FONTS\nthe folder of the Nanum fonts\n.TP\n.B KAFKASCOPE_WORDS\na folder with en.json or ko.json, "
         "whose words are spoken instead of the program's own\n.TP\n.B LC_ALL, LC_MESSAGES, LANG\nthe language: Korean or "
         "English\n.SH EXAMPLES" +
         examples(app);
}

// ---- completions

std::string quoted_for_shell(const std::string& text) { return "'" + replaced(text, "'", "'\\''") + "'"; }

std::string option_words(const CLI::App& app) {
  std::vector<std::string> words;
  for (const CLI::Option* o : options_of(app))
    for (const std::string& n : names_of(*o)) words.push_back(n);
  return joined(words, " ");
}

std::string bash_completion(const CLI::App& app) {
  std::vector<std::string> names;
  std::string cases, values;
  const auto add = [&](const CLI::App& of) {
    for (const CLI::Option* o : options_of(of)) {
      const std::string row = "    " + joined(names_of(*o), "|") + ") COMPREPLY=($(compgen -W '" +
                              joined(choices_of(*o), " ") + "' -- \"$word\")); return ;;\n";
      if (!choices_of(*o).empty() && values.find(row) == std::string::npos) values += row;
    }
  };
  add(app);
  for (const CLI::App* sub : commands_of(app)) {
    names.push_back(sub->get_name());
    cases += "    " + sub->get_name() + ") options='" + option_words(*sub) + "' ;;\n";
    add(*sub);
  }
  return "# bash completion for kafkascope\n_kafkascope() {\n  local word=${COMP_WORDS[COMP_CWORD]} options='" +
         option_words(app) + "'\n  case ${COMP_WORDS[COMP_CWORD-1]} in\n" + values +
         "  esac\n  case ${COMP_WORDS[1]} in\n" + cases +
         "  esac\n  if [[ $word == -* ]]; then COMPREPLY=($(compgen -W \"$options\" -- \"$word\")); return; fi\n"
         "  COMPREPLY=($(compgen -f -- \"$word\"))\n"
         "  if [ \"$COMP_CWORD\" = 1 ]; then COMPREPLY+=($(compgen -W '" +
         joined(names, " ") + "' -- \"$word\")); fi\n}\ncomplete -o filenames -F _kafkascope kafkascope\n";
}

std::string zsh_options(const CLI::App& app) {
  std::string out;
  for (const CLI::Option* o : options_of(app)) {
    std::string what = replaced(replaced(replaced(o->get_description(), "[", "("), "]", ")"), ":", "\\:");
    for (const std::string& n : names_of(*o)) {
      std::string row = n + "[" + what + "]";
      if (takes_value(*o))
        row += choices_of(*o).empty() ? ":value:_files" : ":value:(" + joined(choices_of(*o), " ") + ")";
      out += " \\\n      " + quoted_for_shell(row);
    }
  }
  return out;
}

std::string zsh_completion(const CLI::App& app) {
  std::string out = "#compdef kafkascope\n_kafkascope() {\n  local -a commands=(\n";
  for (const CLI::App* sub : commands_of(app))
    out += "    " + quoted_for_shell(sub->get_name() + ":" + replaced(sub->get_description(), ":", "\\:")) + "\n";
  out += "  )\n  case ${words[2]} in\n";
  for (const CLI::App* sub : commands_of(app))
    out += "    " + sub->get_name() + ") _arguments" + zsh_options(*sub) + " \\\n      '*:file:_files' ;;\n";
  return out + "    *)\n      if (( CURRENT == 2 )); then _describe command commands; fi\n      _arguments" +
         zsh_options(app) + " \\\n      '*:file:_files' ;;\n  esac\n}\n_kafkascope \"$@\"\n";
}

std::string fish_options(const CLI::App& app, const std::string& when) {
  std::string out;
  for (const CLI::Option* o : options_of(app)) {
    out += "complete -c kafkascope -n " + quoted_for_shell(when);
    for (const std::string& n : o->get_snames()) out += " -s " + n;
    for (const std::string& n : o->get_lnames()) out += " -l " + n;
    if (takes_value(*o)) out += " -r";
    if (!choices_of(*o).empty()) out += " -f -a " + quoted_for_shell(joined(choices_of(*o), " "));
    out += " -d " + quoted_for_shell(o->get_description()) + "\n";
  }
  return out;
}

std::string fish_completion(const CLI::App& app) {
  std::string out = fish_options(app, "__fish_use_subcommand");
  for (const CLI::App* sub : commands_of(app))
    out += "complete -c kafkascope -n '__fish_use_subcommand' -a " + sub->get_name() + " -d " +
           quoted_for_shell(sub->get_description()) + "\n" +
           fish_options(*sub, "__fish_seen_subcommand_from " + sub->get_name());
  return out;
}

}  // namespace

std::string described(const CLI::App& app, const std::string& form) {
  if (form == "man") return man_page(app);
  if (form == "bash") return bash_completion(app);
  if (form == "zsh") return zsh_completion(app);
  if (form == "fish") return fish_completion(app);
  return {};
}

}  // namespace kafkascope::cli
