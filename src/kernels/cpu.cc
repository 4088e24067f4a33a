#include "slide/cpu.h"

#include "kernels/kernels.h"
#include "kernels/products.h"
#include "util/memory.h"
#include "util/thread_team.h"

namespace slide {

std::string SimdTarget() { return kernels::TargetName(); }

std::vector<std::string> SupportedSimdTargets() {
  return kernels::SupportedTargetNames();
}

std::string ProductsLibrary() { return std::string(kernels::ProductsName()); }

int NumThreads(int num_threads) {
  return util::ThreadTeam::SizeOf(num_threads);
}

uint64_t AvailableMemory() noexcept { return util::AvailableMemory(); }

}  // namespace slide
