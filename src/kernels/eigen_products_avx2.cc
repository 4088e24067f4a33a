// Eigen's product, compiled with AVX2 and FMA (CMakeLists.txt has the flags).
#define SLIDE_EIGEN slide_eigen_avx2
#define SLIDE_MULTIPLY MultiplyAvx2
#include "kernels/eigen_products-inl.h"
