#include "sim/network.h"

#include <algorithm>

namespace kafkascope::sim {
namespace {

// The standard normal distribution's quantiles at 1/2 + i/512, divided by the quantile at 0.99, times 2^16. The values
// are precomputed constants, because a library's results differ between machines. The last one is taken at 1 - 1/2048,
// so that none is infinite.
constexpr std::int32_t kQuantile[257] = {
    0,     138,   276,   414,   552,   690,   828,   966,   1104,  1242,  1380,  1518,  1656,  1794,  1932,  2071,
    2209,  2347,  2486,  2624,  2763,  2901,  3040,  3179,  3318,  3457,  3596,  3735,  3874,  4013,  4153,  4292,
    4432,  4571,  4711,  4851,  4991,  5131,  5272,  5412,  5553,  5693,  5834,  5975,  6116,  6257,  6399,  6540,
    6682,  6824,  6966,  7109,  7251,  7394,  7537,  7680,  7823,  7966,  8110,  8254,  8398,  8542,  8687,  8831,
    8976,  9122,  9267,  9413,  9559,  9705,  9852,  9998,  10145, 10293, 10440, 10588, 10736, 10885, 11033, 11182,
    11332, 11482, 11632, 11782, 11933, 12084, 12235, 12387, 12539, 12691, 12844, 12997, 13151, 13305, 13459, 13614,
    13769, 13925, 14081, 14238, 14395, 14552, 14710, 14868, 15027, 15186, 15346, 15506, 15667, 15828, 15990, 16152,
    16315, 16478, 16642, 16807, 16972, 17137, 17304, 17470, 17638, 17806, 17975, 18144, 18314, 18485, 18656, 18828,
    19001, 19175, 19349, 19524, 19700, 19876, 20053, 20232, 20410, 20590, 20771, 20952, 21134, 21318, 21502, 21687,
    21873, 22060, 22248, 22436, 22626, 22817, 23009, 23202, 23396, 23592, 23788, 23986, 24185, 24385, 24586, 24788,
    24992, 25197, 25403, 25611, 25820, 26031, 26243, 26457, 26672, 26889, 27107, 27327, 27549, 27772, 27997, 28224,
    28453, 28683, 28916, 29150, 29387, 29626, 29867, 30110, 30355, 30603, 30853, 31105, 31360, 31618, 31878, 32141,
    32407, 32675, 32947, 33222, 33500, 33782, 34066, 34355, 34647, 34942, 35242, 35546, 35853, 36166, 36482, 36804,
    37130, 37461, 37798, 38140, 38488, 38841, 39201, 39568, 39941, 40321, 40709, 41105, 41509, 41922, 42344, 42776,
    43218, 43671, 44135, 44612, 45102, 45606, 46125, 46661, 47213, 47785, 48376, 48990, 49628, 50293, 50987, 51713,
    52475, 53278, 54127, 55027, 55988, 57019, 58132, 59344, 60677, 62162, 63842, 65786, 68106, 71006, 74937, 81292,
    92886};
// 2^(i/64), times 2^30.
constexpr std::uint32_t kExp2[65] = {
    1073741824, 1085434106, 1097253708, 1109202018, 1121280436, 1133490379, 1145833280, 1158310587, 1170923762,
    1183674286, 1196563654, 1209593378, 1222764986, 1236080024, 1249540052, 1263146652, 1276901417, 1290805962,
    1304861917, 1319070932, 1333434672, 1347954824, 1362633090, 1377471191, 1392470869, 1407633882, 1422962010,
    1438457051, 1454120821, 1469955159, 1485961921, 1502142985, 1518500250, 1535035634, 1551751076, 1568648537,
    1585730000, 1602997467, 1620452965, 1638098541, 1655936265, 1673968228, 1692196547, 1710623359, 1729250827,
    1748081133, 1767116489, 1786359126, 1805811301, 1825475297, 1845353420, 1865448001, 1885761398, 1906295993,
    1927054196, 1948038440, 1969251188, 1990694927, 2012372174, 2034285470, 2056437387, 2078830522, 2101467502,
    2124350982, 2147483648};
/// log2(numerator / denominator) times 2^16, by repeated squaring; numerator >= denominator > 0.
std::int64_t log2_ratio(std::uint64_t numerator, std::uint64_t denominator) {
  std::int64_t whole = 0;
  while (numerator / 2 >= denominator) denominator *= 2, ++whole;
  std::uint64_t x =
      static_cast<std::uint64_t>((static_cast<Wide>(numerator) << 31) / denominator);  // in [1, 2) times 2^31
  std::int64_t result = whole;
  for (int bit = 0; bit < 16; ++bit) {
    x = static_cast<std::uint64_t>((static_cast<Wide>(x) * x) >> 31);
    result *= 2;
    if (x >> 32 != 0) x >>= 1, ++result;
  }
  return result;
}

/// value * 2^(exponent / 2^16), at least 1.
std::int64_t scale_by_power(std::int64_t value, std::int64_t exponent) {
  const std::int64_t whole = exponent >> 16;  // rounds down, so the remainder is not negative
  const std::int64_t rest = exponent & 0xffff;
  const std::int64_t i = rest >> 10, part = rest & 1023;
  const std::int64_t low = kExp2[i], high = kExp2[i + 1];
  Wide product = static_cast<Wide>(static_cast<std::uint64_t>(value)) *
                 static_cast<std::uint64_t>(low + (high - low) * part / 1024);
  const std::int64_t shift = 30 - whole;
  product = shift >= 120 ? 0 : shift >= 0 ? product >> shift : product << std::min<std::int64_t>(-shift, 30);
  return std::max<std::int64_t>(1, static_cast<std::int64_t>(product));
}

std::uint64_t pair_key(NodeId from, NodeId to) {
  return static_cast<std::uint64_t>(static_cast<std::uint32_t>(from.index)) << 32 |
         static_cast<std::uint32_t>(to.index);
}

}  // namespace

std::int64_t Latency::draw_log_normal(Random& random) const {
  const std::int64_t ratio = log2_ratio(static_cast<std::uint64_t>(std::max(b_us, a_us)),
                                        static_cast<std::uint64_t>(std::max<std::int64_t>(a_us, 1)));
  const std::uint64_t u = random.next() >> 44;  // 20 bits: sign, 8 for the table index, 11 for interpolation
  const std::int64_t place = static_cast<std::int64_t>((u >> 11) & 255), part = static_cast<std::int64_t>(u & 2047);
  const std::int64_t low = kQuantile[place], high = kQuantile[place + 1];
  const std::int64_t z = low + (high - low) * part / 2048;
  return scale_by_power(a_us, (u >> 19 != 0 ? ratio * z : -(ratio * z)) / 65536);
}

std::uint32_t LinkTable::lookup(std::uint64_t key) const {
  for (std::size_t i = mix64(key);; ++i) {
    const Entry& e = index_[i & (index_.size() - 1)];
    if (e.link == 0xffffffff || e.key == key) return e.link;
  }
}

const Link* LinkTable::look(NodeId from, NodeId to) const {
  const std::uint32_t link = lookup(pair_key(from, to));
  return link == 0xffffffff ? nullptr : &links_[link];
}

std::uint32_t LinkTable::find(NodeId from, NodeId to) {
  const std::uint64_t key = pair_key(from, to);
  const std::uint32_t known = lookup(key);
  if (known != 0xffffffff) return known;
  const std::uint64_t a = static_cast<std::uint64_t>(from.index), b = static_cast<std::uint64_t>(to.index);
  Link link;
  link.from = from;
  link.to = to;
  link.set(defaults(from, to));
  link.latency_random = Random(seed_, Stream::NetworkLatency, a, b);
  link.loss_random = Random(seed_, Stream::NetworkLoss, a, b);
  links_.push_back(link);
  const std::uint32_t slot = size() - 1;
  if (links_.size() * 2 > index_.size()) {
    index_.assign(index_.size() * 2, {});
    for (std::uint32_t i = 0; i < slot; ++i) insert(pair_key(links_[i].from, links_[i].to), i);
  }
  insert(key, slot);
  return slot;
}

void LinkTable::insert(std::uint64_t key, std::uint32_t link) {
  std::size_t i = mix64(key) & (index_.size() - 1);
  while (index_[i].link != 0xffffffff) i = (i + 1) & (index_.size() - 1);
  index_[i] = {key, link};
}

}  // namespace kafkascope::sim
