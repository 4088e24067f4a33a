// Fuzz target: any bytes as LibSVM text, numbered from 0, from 1, or unknown.
#include "fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  using slide::TextFormat;
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  slide::ReadOptions options = {.num_threads = 1,
                                .format = TextFormat::kLibSvm};
  slide::data::CheckText(text, options);
  options.normalize = false;
  options.first_feature = 0;
  slide::data::CheckText(text, options);
  options.first_feature = 1;
  options.first_label = 1;
  slide::data::CheckText(text, options);
  return 0;
}
