// The ledger in words: for each record that was lost, repeated, reordered, skipped or aborted, one sentence with times
// that says how: the answer to Why? in one row.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "observe/judge/ledger.h"
#include "observe/judge/lineage.h"
#include "observe/why/why.h"

namespace kafkascope::observe {

class Story;

/// What became of one record, for the producer or for a group.
struct Account {
  RecordName record;
  std::string group;  // for a fate of groups ("@name": a consumer without a group); otherwise ""
  Words sentence;
  Answer answer;
};

/// The fates that have accounts, in the order of the ledger: "lost_acked" ...
const std::vector<std::string_view>& told_fates();

/// The steps of an answer with their times, as one sentence (in Korean: as one paragraph).
Words sentence_of(const Answer& answer);

/// A record with a fate; `group` as in Account.
struct FatedRecord {
  RecordName record;
  std::string group;
};
/// The records with that fate by group, client and number, at most `most` for each group; `of`: only that client's, only that group.
std::vector<FatedRecord> records_with(const Moment& moment, std::string_view fate, std::size_t most,
                                      const RecordLedger::Filter& of = {});
/// The record that Why? about such a count tells of: of pending records the first one of the client that has the most; of
/// lost ones the first that a broker has acknowledged; otherwise the first. There must be one.
const FatedRecord& example_of(const Story& story, std::string_view fate, const std::vector<FatedRecord>& records);
/// The path for Why? about one record's fate.
std::string path_of(const Moment& moment, std::string_view fate, const FatedRecord& of);
/// What to ask about a count that is greater `here` than `there`. A record whose fate is the same in both worlds is no
/// reason: then it is about one that has the fate here only. "": no such record says more than why the two worlds part.
/// Any other path stays as it is.
std::string path_for_more(const Moment& here, const Moment& there, const std::string& path);
/// The records with that fate by client and number, at most `most` for each group (for a fate of producers: in all). The trace must be stored.
std::vector<Account> accounts(const Moment& moment, std::string_view fate, std::size_t most);
/// The number of accounts without that limit: one per record and group. The ledger's count differs: it counts every
/// repeated delivery, and also messages of a queue, which no producer of the ledger sent.
std::size_t number_of_accounts(const Moment& moment, std::string_view fate);

}  // namespace kafkascope::observe
