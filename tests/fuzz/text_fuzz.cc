// Fuzz target: any bytes as XMC text, and as text whose form is to be told.
#include "fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  using slide::TextFormat;
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  slide::data::CheckText(
      text, {.normalize = false, .num_threads = 1, .format = TextFormat::kXmc});
  slide::data::CheckText(text, {.num_threads = 1});
  return 0;
}
