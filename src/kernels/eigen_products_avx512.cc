// Eigen's product, compiled with AVX-512 (CMakeLists.txt has the flags).
#define SLIDE_EIGEN slide_eigen_avx512
#define SLIDE_MULTIPLY MultiplyAvx512
#include "kernels/eigen_products-inl.h"
