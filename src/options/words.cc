// Name() of every enumeration.
#include "options/words.h"

namespace slide {
namespace {

template <typename Enum>
constexpr std::string_view WordOf(Enum value) noexcept {
  return options::WordAt(options::kWords<Enum>, static_cast<size_t>(value));
}

}  // namespace

std::string_view Name(Precision value) noexcept { return WordOf(value); }
std::string_view Name(Optimizer value) noexcept { return WordOf(value); }
std::string_view Name(Rounding value) noexcept { return WordOf(value); }
std::string_view Name(HashKind value) noexcept { return WordOf(value); }
std::string_view Name(BucketPolicy value) noexcept { return WordOf(value); }
std::string_view Name(SamplingStrategy value) noexcept { return WordOf(value); }
std::string_view Name(Activation value) noexcept { return WordOf(value); }
std::string_view Name(Loss value) noexcept { return WordOf(value); }
std::string_view Name(Correction value) noexcept { return WordOf(value); }
std::string_view Name(NegativeDistribution value) noexcept {
  return WordOf(value);
}
std::string_view Name(SparsePartMode value) noexcept { return WordOf(value); }
std::string_view Name(RebuildMode value) noexcept { return WordOf(value); }
std::string_view Name(Schedule value) noexcept { return WordOf(value); }
std::string_view Name(UpdateMode value) noexcept { return WordOf(value); }
std::string_view Name(Freeze value) noexcept { return WordOf(value); }
std::string_view Name(BiasInit value) noexcept { return WordOf(value); }
std::string_view Name(ExportFormat value) noexcept { return WordOf(value); }
std::string_view Name(ProbabilityForm value) noexcept { return WordOf(value); }
std::string_view Name(ThresholdKind value) noexcept { return WordOf(value); }
std::string_view Name(TextFormat value) noexcept { return WordOf(value); }

}  // namespace slide
