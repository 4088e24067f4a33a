// Name() of every enumeration.
#include "options/words.h"

namespace slide {

template <Enumeration Enum>
std::string_view Name(Enum value) noexcept {
  return options::WordAt(options::kWords<Enum>, static_cast<size_t>(value));
}

template std::string_view Name(Precision) noexcept;
template std::string_view Name(Optimizer) noexcept;
template std::string_view Name(Rounding) noexcept;
template std::string_view Name(HashKind) noexcept;
template std::string_view Name(BucketPolicy) noexcept;
template std::string_view Name(SamplingStrategy) noexcept;
template std::string_view Name(Activation) noexcept;
template std::string_view Name(Loss) noexcept;
template std::string_view Name(Correction) noexcept;
template std::string_view Name(NegativeDistribution) noexcept;
template std::string_view Name(SparsePartMode) noexcept;
template std::string_view Name(RebuildMode) noexcept;
template std::string_view Name(Schedule) noexcept;
template std::string_view Name(UpdateMode) noexcept;
template std::string_view Name(Freeze) noexcept;
template std::string_view Name(BiasInit) noexcept;
template std::string_view Name(ExportFormat) noexcept;
template std::string_view Name(ProbabilityForm) noexcept;
template std::string_view Name(ThresholdKind) noexcept;
template std::string_view Name(TextFormat) noexcept;

}  // namespace slide
