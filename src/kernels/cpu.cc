#include "slide/cpu.h"

#include "kernels/kernels.h"

namespace slide {

std::string SimdTarget() { return kernels::TargetName(); }

std::vector<std::string> SupportedSimdTargets() {
  return kernels::SupportedTargetNames();
}

}  // namespace slide
