// What the library makes of this CPU: the arithmetic is compiled for several
// SIMD instruction sets, and the best one the machine has is taken at run time.
#pragma once

#include <string>
#include <vector>

namespace slide {

// The instruction set in use, as Highway names it ("AVX3", "AVX2", "NEON"; AVX3
// is AVX-512, "AVX3_BF16" that with the CPU's own bf16 dot product); "relaxed"
// in a build whose arithmetic is plain loops over relaxed atomics, for race
// checking.
std::string SimdTarget();

// All that this build and this machine have, best first; the one in use is
// among them.
std::vector<std::string> SupportedSimdTargets();

}  // namespace slide
