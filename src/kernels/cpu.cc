#include "slide/cpu.h"

#include "kernels/kernels.h"
#include "util/thread_team.h"

namespace slide {

std::string SimdTarget() { return kernels::TargetName(); }

std::vector<std::string> SupportedSimdTargets() {
  return kernels::SupportedTargetNames();
}

int NumThreads(int num_threads) { return util::ThreadTeam(num_threads).size(); }

}  // namespace slide
