#include "text/string_table.h"

#include <xxhash.h>

#include "slide/error.h"

namespace slide::text {
namespace {

constexpr size_t kFirstSlots = 1024;

uint32_t Hash(std::string_view text) noexcept {
  return static_cast<uint32_t>(XXH3_64bits(text.data(), text.size()));
}

}  // namespace

StringTable::StringTable() : slots_(kFirstSlots) {}

size_t StringTable::Place(std::string_view text, uint32_t hash) const noexcept {
  const size_t mask = slots_.size() - 1;
  size_t i = hash & mask;
  while (slots_[i].number != kNone &&
         (slots_[i].hash != hash || (*this)[slots_[i].number] != text)) {
    i = (i + 1) & mask;
  }
  return i;
}

uint32_t StringTable::Find(std::string_view text) const noexcept {
  return slots_[Place(text, Hash(text))].number;
}

uint32_t StringTable::Add(std::string_view text) {
  const uint32_t hash = Hash(text);
  size_t place = Place(text, hash);
  if (slots_[place].number != kNone) return slots_[place].number;
  if (size() == kMaxSize) {
    throw Error("more than " + std::to_string(kMaxSize) +
                " different words or labels, expected at most so many");
  }
  if (2 * (size_t{size()} + 1) > slots_.size()) {
    Grow();
    place = Place(text, hash);
  }
  const uint32_t number = size();
  bytes_.append(text);
  begins_.push_back(bytes_.size());
  slots_[place] = {.hash = hash, .number = number};
  return number;
}

void StringTable::Grow() {
  std::vector<Slot> larger(2 * slots_.size());
  const size_t mask = larger.size() - 1;
  for (const Slot& slot : slots_) {
    if (slot.number == kNone) continue;
    size_t i = slot.hash & mask;
    while (larger[i].number != kNone) i = (i + 1) & mask;
    larger[i] = slot;
  }
  slots_ = std::move(larger);
}

}  // namespace slide::text
