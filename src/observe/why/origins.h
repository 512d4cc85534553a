// The origins of what is on screen: the entries of the glossary (words/glossary.h), found by the names that are shown
// there. A name may mean several things: "acks" is a setting and a term.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "observe/words/bilingual.h"
#include "protocol/errors.h"
#include "words/catalogue.h"
#include "words/key.h"

namespace kafkascope::observe {

enum class OriginKind : std::uint8_t { Config, Error, Metric, Invariant, Term };
inline constexpr OriginKind kOriginKinds[] = {OriginKind::Config, OriginKind::Error, OriginKind::Metric,
                                              OriginKind::Invariant, OriginKind::Term};
std::string_view to_string(OriginKind kind);  // "config"
words::Key words_of(OriginKind kind);

struct Origin {
  OriginKind kind = OriginKind::Term;
  std::string key;  // its entry's key: "config.acks"
  Words name, meaning;
  std::string short_name;             // of a metric: "UnderReplicatedPartitions"; otherwise the same as `name`
  std::vector<std::string> kips;      // "KIP-98"
  std::vector<std::string> classes;   // Kafka's
  std::vector<std::string> tests;     // this project's test files
  std::vector<std::string> fidelity;  // "docs/fidelity.md#anchor"
  struct Term {
    std::string key;
    Words name;
  };
  std::vector<Term> see;
};

/// The key of the words that say what the error means.
words::Key error_words(protocol::ErrorCode error);

/// Everything of that name: a key, an error or its exception, a metric by its full or its short name, an invariant, a
/// term in either language. Upper and lower case are the same.
std::vector<Origin> origins_of(std::string_view name);

/// A setting's default and valid values, from the table of settings; several if servers and topics, or clients, differ.
/// An error's code, and whether clients try again. Empty for everything else.
std::vector<Words> values_of(const Origin& origin);

/// The same for one version of Kafka: "4.1".
std::vector<Words> defaults_in(const Origin& origin, std::string_view kafka_version);

/// The same as lines of text: its name and kind, what it is, its origins.
std::string plain_text(const Origin& origin, words::Lang lang);

/// Everything with an origin.
const std::vector<Origin>& all_origins();
/// Names that are shown but have no entry in the glossary. A test checks that there are none.
std::vector<std::string> names_without_origin();

}  // namespace kafkascope::observe
