#include "data/point_writer.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <cstddef>

namespace slide::data {
namespace {

constexpr size_t kMaxIdBytes = 10, kMaxValueBytes = 24;

char* WriteId(char* p, uint32_t id) {
  return std::to_chars(p, p + kMaxIdBytes, id).ptr;
}

// Most values of scaled vectors: 1e-4 <= value < 1, "0." and six digits behind
// its leading zeros. The product with a power of ten is exact to 53 bits, and a
// float never is so near the middle of two decimals that this would not do;
// printf rounds a float there to even, as rint does.
char* WriteFraction(char* p, double value) {
  int num_zeros = 0;  // behind the point
  double scale = 1e6;
  while (value * scale < 1e5) {
    ++num_zeros;
    scale *= 10.0;
  }
  auto digits = static_cast<uint32_t>(std::rint(value * scale));
  if (digits == 1'000'000) {  // rounded up to the next power of ten
    if (num_zeros == 0) {
      *p++ = '1';
      return p;
    }
    --num_zeros;
    digits = 100'000;
  }
  *p++ = '0';
  *p++ = '.';
  for (int i = 0; i < num_zeros; ++i) *p++ = '0';
  int length = 6;
  for (; digits % 10 == 0; digits /= 10) --length;
  for (int i = length - 1; i >= 0; --i, digits /= 10) {
    p[i] = static_cast<char>('0' + digits % 10);
  }
  return p + length;
}

char* WriteValue(char* p, float value) {
  if (value >= 1e-4f && value < 1.0f) return WriteFraction(p, value);
  return fmt::format_to(p, "{:.6g}", value);
}

}  // namespace

void AppendPoint(std::span<const uint32_t> labels, SparseView features,
                 std::string& text) {
  const size_t begin = text.size();
  text.resize(begin + labels.size() * (kMaxIdBytes + 1) +
              features.size() * (kMaxIdBytes + kMaxValueBytes + 2) + 2);
  char* p = text.data() + begin;
  for (size_t i = 0; i < labels.size(); ++i) {
    if (i > 0) *p++ = ',';
    p = WriteId(p, labels[i]);
  }
  for (size_t i = 0; i < features.size(); ++i) {
    *p++ = ' ';
    p = WriteId(p, features.ids[i]);
    *p++ = ':';
    p = WriteValue(p, features.values[i]);
  }
  // A line that starts with a space has no labels; an empty one is refused.
  if (labels.empty() && features.size() == 0) *p++ = ' ';
  *p++ = '\n';
  text.resize(static_cast<size_t>(p - text.data()));
}

}  // namespace slide::data
