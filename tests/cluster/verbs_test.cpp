// The table of verbs, and the commands that a verb with a struct of its own needs.
#include "cluster/verbs.h"
#include "words/catalogue.h"

#include <doctest/doctest.h>

#include <set>

using namespace kafkascope;
using namespace kafkascope::cluster;

namespace {

struct Toy {
  std::optional<std::int64_t> loss_ppm;
  std::optional<sim::Duration> delay;
  friend bool operator==(const Toy&, const Toy&) = default;
};

}  // namespace

TEST_CASE(
    "the table of verbs is in the order of the enum, with unique verb names and unique field names within each verb") {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < verbs().size(); ++i) {
    const VerbInfo& verb = verbs()[i];
    CAPTURE(verb.name);
    CHECK(static_cast<std::size_t>(verb.verb) == i);
    CHECK(names.insert(verb.name).second);
    CHECK(parse_verb(verb.name) == verb.verb);
    CHECK(to_string(verb.verb) == verb.name);
    std::set<std::string_view> fields;
    for (const Field& field : verb.fields) {
      CAPTURE(field.name);
      CHECK(fields.insert(field.name).second);
      CHECK(verb.find(field.name) == &field);
    }
    for (const Rule& rule : verb.rules)
      for (const std::string_view field : rule.fields) CHECK(fields.contains(field));
  }
  CHECK_FALSE(parse_verb("explode").has_value());
}

TEST_CASE("the catalogues have each verb's name, all tenses of verbs that are narrated, and no other verb") {
  const words::Catalogue& catalogue = words::catalogue(words::Lang::Ko);
  std::set<words::Key> known;
  for (const VerbInfo& verb : verbs()) {
    CAPTURE(verb.name);
    CHECK(catalogue.find(verb.words("name")) != nullptr);
    for (const char* tense : {"to_do", "past"}) CHECK((catalogue.find(verb.words(tense)) != nullptr) == verb.is_told());
    for (const char* what : {"name", "to_do", "past", "done", "order"}) known.insert(verb.words(what));
    for (const Field& field : verb.fields)
      if (field.own) known.insert(verb.words(field.name));
  }
  for (const words::Row& row : catalogue.rows()) {
    CAPTURE(row.key);
    if (std::string_view(row.key).starts_with("verb.")) CHECK(known.contains(words::Key(std::string_view(row.key))));
  }
}

TEST_CASE("the struct of a verb's own fields is copied on write and compared by value") {
  Command a;
  CHECK_FALSE(a.own.get<Toy>().loss_ppm.has_value());
  a.own.edit<Toy>().loss_ppm = 7;
  Command b = a;
  CHECK(b == a);
  CHECK(&b.own.get<Toy>() == &a.own.get<Toy>());
  b.own.edit<Toy>().loss_ppm = 8;
  CHECK(a.own.get<Toy>().loss_ppm == 7);
  CHECK_FALSE(b == a);
  b.own.edit<Toy>().loss_ppm = 7;
  CHECK(b == a);
  CHECK_FALSE(Command() == a);
}

TEST_CASE("a field finds its place in a command and says whether a value is set there") {
  Command c;
  const Field own = field<&Toy::delay>("delay", FieldType::Duration);
  CHECK(own.own);
  CHECK_FALSE(is_said(own, c));
  *std::get<std::optional<sim::Duration>*>(own.edit(c)) = sim::milliseconds(3);
  CHECK(c.own.get<Toy>().delay == sim::milliseconds(3));
  CHECK(is_said(own, c));
  CHECK(value_text(own, c) == "3000 us");
  const Field flag = field<&Command::one_way>("one_way", FieldType::Flag);
  CHECK_FALSE(flag.own);
  CHECK_FALSE(is_said(flag, c));
  CHECK(is_said(flag.always(), c));
  c.one_way = true;
  CHECK(is_said(flag, c));
  const Field rate = field<&BehaviorChange::rate>("rate", FieldType::Rate);
  *std::get<std::optional<Rate>*>(rate.edit(c)) = Rate{5};
  CHECK(c.behave.rate == Rate{5});
}
