// Eigen's product, compiled for every CPU.
#define SLIDE_EIGEN slide_eigen_baseline
#define SLIDE_MULTIPLY MultiplyBaseline
#include "kernels/eigen_products-inl.h"
