// The library uses all that a CPU has: every core, and of the SIMD instruction
// sets that the arithmetic is compiled for the best one, chosen at run time.
#pragma once

#include <cstdint>
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

// Whose products of matrices dense training takes: "Eigen", or "oneDNN" in a
// build with it.
std::string ProductsLibrary();

// Returns the number of threads that an option num_threads stands for: 0 stands
// for one for each core that this process may use. Throws: OptionsError for a
// number below 0 or above 1024.
int NumThreads(int num_threads);

// Bytes of memory that this process may still take: of what the machine has
// left, within the limits of its control group (a container's) and of its
// addresses (ulimit -v). The largest number where nothing of it is known.
uint64_t AvailableMemory() noexcept;

}  // namespace slide
