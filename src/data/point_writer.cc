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

char* WriteThousandths(char* p, uint32_t value) {
  p = WriteId(p, value / 1000);
  *p++ = '.';
  *p++ = static_cast<char>('0' + value % 1000 / 100);
  *p++ = static_cast<char>('0' + value % 100 / 10);
  *p++ = static_cast<char>('0' + value % 10);
  return p;
}

// write_value(p, i) writes the value of feature i at p and returns its end.
template <typename WriteValue>
void AppendLine(std::span<const uint32_t> labels, std::span<const uint32_t> ids,
                WriteValue&& write_value, std::string& text) {
  const size_t begin = text.size();
  text.resize(begin + labels.size() * (kMaxIdBytes + 1) +
              ids.size() * (kMaxIdBytes + kMaxValueBytes + 2) + 2);
  char* p = text.data() + begin;
  for (size_t i = 0; i < labels.size(); ++i) {
    if (i > 0) *p++ = ',';
    p = WriteId(p, labels[i]);
  }
  for (size_t i = 0; i < ids.size(); ++i) {
    *p++ = ' ';
    p = WriteId(p, ids[i]);
    *p++ = ':';
    p = write_value(p, i);
  }
  // A line that starts with a space has no labels; an empty one is refused.
  if (labels.empty() && ids.empty()) *p++ = ' ';
  *p++ = '\n';
  text.resize(static_cast<size_t>(p - text.data()));
}

}  // namespace

void AppendPoint(std::span<const uint32_t> labels, SparseView features,
                 std::string& text) {
  AppendLine(
      labels, features.ids,
      [&](char* p, size_t i) { return WriteValue(p, features.values[i]); },
      text);
}

void AppendPoint(std::span<const uint32_t> labels,
                 std::span<const uint32_t> feature_ids,
                 std::span<const uint32_t> thousandths, std::string& text) {
  AppendLine(
      labels, feature_ids,
      [&](char* p, size_t i) { return WriteThousandths(p, thousandths[i]); },
      text);
}

}  // namespace slide::data
