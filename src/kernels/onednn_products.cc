// The products of products.h by oneDNN, which chooses its own instruction set:
// takes the place of products.cc in a build with SLIDE_ONEDNN.
#include <fmt/format.h>
#include <omp.h>
#include <dnnl.hpp>

#include <array>
#include <atomic>
#include <map>

#include "kernels/native_bf16.h"
#include "kernels/products.h"
#include "slide/error.h"
#include "util/check.h"

namespace slide::kernels {
namespace {

using dnnl::memory;

// Threads are the caller's: OpenMP starts none on this one while this lives.
class OneThread {
 public:
  OneThread() { omp_set_num_threads(1); }
  ~OneThread() { omp_set_num_threads(before_); }
  OneThread(const OneThread&) = delete;
  OneThread& operator=(const OneThread&) = delete;

 private:
  const int before_ = omp_get_max_threads();
};

void Require(dnnl_status_t status) {
  if (status == dnnl_success) return;
  if (status == dnnl_out_of_memory) {
    throw OutOfMemoryError("oneDNN: out of memory");
  }
  throw Error(fmt::format("oneDNN: status {}", static_cast<int>(status)));
}

memory::dim Size(size_t i) { return static_cast<memory::dim>(i); }

memory::desc DescriptionOf(const ConstMatrix& m) {
  const memory::dim stride = Size(m.stride);
  return {{Size(m.rows), Size(m.cols)},
          memory::data_type::f32,
          m.is_transposed ? memory::dims{1, stride} : memory::dims{stride, 1}};
}

const dnnl::engine& Engine() {
  static const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  return engine;
}

dnnl::matmul::primitive_desc Describe(const memory::desc& a,
                                      const memory::desc& b,
                                      const memory::desc& c, bool adds) {
  dnnl::primitive_attr attributes;
  if (adds) {
    dnnl::post_ops sum;
    sum.append_sum(1.0f);
    attributes.set_post_ops(sum);
  }
#if DNNL_VERSION_MAJOR >= 3
  return {Engine(), a, b, c, attributes};
#else
  return {dnnl::matmul::desc(a, b, c), attributes, Engine()};
#endif
}

// A product of matrices of a shape, whose factors are rounded to bf16.
class Bf16Product {
 public:
  Bf16Product(const ConstMatrix& a, const ConstMatrix& b, bool adds,
              const ConstMatrix& c)
      : Bf16Product(DescriptionOf(a), DescriptionOf(b), DescriptionOf(c),
                    Describe({{Size(a.rows), Size(a.cols)},
                              memory::data_type::bf16,
                              memory::format_tag::ab},
                             {{Size(b.rows), Size(b.cols)},
                              memory::data_type::bf16,
                              memory::format_tag::any},
                             DescriptionOf(c), adds)) {}

  void Run(const float* a, const float* b, float* c) {
    a_.set_data_handle(const_cast<float*>(a));
    b_.set_data_handle(const_cast<float*>(b));
    c_.set_data_handle(c);
    round_a_.execute(stream_, a_, rounded_a_);
    round_b_.execute(stream_, b_, rounded_b_);
    product_.execute(stream_, {{DNNL_ARG_SRC, rounded_a_},
                               {DNNL_ARG_WEIGHTS, rounded_b_},
                               {DNNL_ARG_DST, c_}});
    stream_.wait();
  }

 private:
  Bf16Product(const memory::desc& a, const memory::desc& b,
              const memory::desc& c, const dnnl::matmul::primitive_desc& d)
      : a_(a, Engine(), nullptr),
        b_(b, Engine(), nullptr),
        c_(c, Engine(), nullptr),
        rounded_a_(d.src_desc(), Engine()),
        rounded_b_(d.weights_desc(), Engine()),
        round_a_(a_, rounded_a_),
        round_b_(b_, rounded_b_),
        product_(d),
        stream_(Engine()) {}

  memory a_, b_, c_, rounded_a_, rounded_b_;
  dnnl::reorder round_a_, round_b_;
  dnnl::matmul product_;
  dnnl::stream stream_;
};

void MultiplyBf16(const ConstMatrix& a, const ConstMatrix& b, bool adds,
                  const Matrix& c) {
  // Shapes of the batches that draw their neurons are always new.
  constexpr size_t kMaxProducts = 32;
  using Shape = std::array<size_t, 9>;
  thread_local std::map<Shape, Bf16Product> products;
  const Shape shape = {c.rows,          a.cols,          c.cols,
                       a.stride,        b.stride,        c.stride,
                       a.is_transposed, b.is_transposed, adds};
  auto found = products.find(shape);
  if (found == products.end()) {
    if (products.size() == kMaxProducts) products.clear();
    found = products
                .try_emplace(shape, a, b, adds,
                             ConstMatrix{c.data, c.rows, c.cols, c.stride})
                .first;
  }
  found->second.Run(a.data, b.data, c.data);
}

void MultiplyFp32(const ConstMatrix& a, const ConstMatrix& b, bool adds,
                  const Matrix& c) {
  const auto order = [](const ConstMatrix& m) {
    return m.is_transposed ? 'T' : 'N';
  };
  Require(dnnl_sgemm(order(a), order(b), Size(c.rows), Size(c.cols),
                     Size(a.cols), 1.0f, a.data, Size(a.stride), b.data,
                     Size(b.stride), adds ? 1.0f : 0.0f, c.data,
                     Size(c.stride)));
}

}  // namespace

void Multiply(const ConstMatrix& a, const ConstMatrix& b, bool adds,
              const Matrix& c, Precision precision) {
  SLIDE_DCHECK(a.rows == c.rows && b.cols == c.cols && a.cols == b.rows);
  const OneThread one_thread;
  // bf16 is, where oneDNN's environment keeps it from AVX-512.
  static std::atomic<bool> is_refused = false;
  if (precision == Precision::kBf16 && UsesNativeBf16() && !is_refused) {
    try {
      return MultiplyBf16(a, b, adds, c);
    } catch (const dnnl::error& error) {
      if (error.status != dnnl_unimplemented) Require(error.status);
      is_refused = true;
    }
  }
  MultiplyFp32(a, b, adds, c);
}

std::string_view ProductsName() noexcept { return "oneDNN"; }

}  // namespace slide::kernels
