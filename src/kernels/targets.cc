// Which of the instruction sets that the vectorised kernels are compiled for is
// in use.
#include <hwy/highway.h>

#include "kernels/kernels.h"

namespace slide::kernels {

std::string TargetName() {
  // A lower bit is a better target.
  const int64_t targets = hwy::SupportedTargets() & HWY_TARGETS;
  return hwy::TargetName(targets & -targets);
}

std::vector<int64_t> SupportedTargets() {
  std::vector<int64_t> result;
  for (int64_t rest = hwy::SupportedTargets() & HWY_TARGETS; rest != 0;
       rest &= rest - 1) {
    result.push_back(rest & -rest);
  }
  return result;
}

void ForceTarget(int64_t target) {
  hwy::SetSupportedTargetsForTest(target);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
}

}  // namespace slide::kernels
