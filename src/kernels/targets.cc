// Selects one of the instruction sets that the vectorised kernels are compiled
// for. One of ours is added to Highway's targets: its AVX-512 target with the
// CPU's own bf16 dot product (native_bf16.h).
#include <hwy/highway.h>

#include <atomic>

#include "kernels/kernels.h"
#include "kernels/native_bf16.h"

namespace slide::kernels {
namespace {

// A bit that Highway has no target for.
constexpr int64_t kNativeBf16 = 1;
static_assert((HWY_TARGETS & kNativeBf16) == 0);

int64_t Best(int64_t targets) {
  return targets & -targets;  // a lower bit is a better target
}

int64_t Supported() { return hwy::SupportedTargets() & HWY_TARGETS; }

// The native target exists beside AVX-512 alone, so that a build without
// AVX-512 stays without it.
bool HasNativeTarget() {
#ifdef HWY_AVX3
  return HasNativeBf16() && (Supported() & HWY_AVX3) != 0;
#else
  return false;
#endif
}

// Like the target in use, which Highway keeps, this is one for the process.
std::atomic<bool>& NativeBf16InUse() {
  static std::atomic<bool> in_use = HasNativeTarget();
  return in_use;
}

std::string NameOf(int64_t target) {
  const std::string name = hwy::TargetName(target & ~kNativeBf16);
  return (target & kNativeBf16) != 0 ? name + "_BF16" : name;
}

}  // namespace

bool UsesNativeBf16() noexcept {
  return NativeBf16InUse().load(std::memory_order_relaxed);
}

std::string TargetName() {
  return NameOf(Best(Supported()) | (UsesNativeBf16() ? kNativeBf16 : 0));
}

std::vector<int64_t> SupportedTargets() {
  std::vector<int64_t> result;
  int64_t rest = Supported();
  if (HasNativeTarget()) result.push_back(Best(rest) | kNativeBf16);
  for (; rest != 0; rest &= rest - 1) result.push_back(Best(rest));
  return result;
}

std::vector<std::string> SupportedTargetNames() {
  std::vector<std::string> names;
  for (const int64_t target : SupportedTargets()) {
    names.push_back(NameOf(target));
  }
  return names;
}

void ForceTarget(int64_t target) {
  // First, as it tells what there is.
  hwy::SetSupportedTargetsForTest(target & ~kNativeBf16);
  NativeBf16InUse() =
      target == 0 ? HasNativeTarget() : (target & kNativeBf16) != 0;
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
}

}  // namespace slide::kernels
