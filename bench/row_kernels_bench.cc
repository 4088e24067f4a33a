// The kernels that read rows. These come in random order from an array that
// fits the cache of one core and from one that fits none; bytes are those of
// rows read, without padding and without what is read twice.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "kernels/kernels.h"
#include "kernels/scalar.h"
#include "kernels_bench.h"

namespace slide::bench {
namespace {

using kernels::ConstRowsView;
using kernels::Reference;

// Queries scored together.
constexpr size_t kQueries = 16;

// Rows that are only read, by {width, precision, uncached}; the optimizer
// decides how far apart they are, and int8 rows have none.
Rows& ReadRows(benchmark::State& state) {
  const auto precision = static_cast<Precision>(state.range(1));
  state.SetLabel(std::string(Name(precision)));
  std::optional<Optimizer> optimizer = Optimizer::kRowAdagrad;
  if (precision == Precision::kInt8) optimizer.reset();
  return SharedRows({static_cast<size_t>(state.range(0)), precision, optimizer},
                    static_cast<Memory>(state.range(2)));
}

void ReadArgs(benchmark::internal::Benchmark* bench) {
  bench->ArgNames({"width", "precision", "uncached"})
      ->ArgsProduct(
          {{kWidths[0], kWidths[1]}, {0, 1, 2}, {kCached, kUncached}});
}

// The weights of num_rows rows from `first` on; Weight: float or bfloat16.
template <typename Weight>
auto WeightsOf(ConstRowsView rows, size_t first, size_t num_rows) {
  using Matrix =
      Eigen::Matrix<Weight, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const Eigen::OuterStride<> stride{
      static_cast<Eigen::Index>(rows.format.stride / sizeof(Weight))};
  return Eigen::Map<const Matrix, 0, Eigen::OuterStride<>>(
      reinterpret_cast<const Weight*>(rows.record(first)),
      static_cast<Eigen::Index>(num_rows),
      static_cast<Eigen::Index>(rows.format.width), stride);
}

// Calls f with a number of the type of the rows' weights.
template <typename F>
void WithWeight(ConstRowsView rows, const F& f) {
  switch (rows.format.precision) {
    case Precision::kFp32:
      return f(float());
    case Precision::kBf16:
      return f(Eigen::bfloat16());
    case Precision::kInt8:
      return f(int8_t());
  }
}

float ScaleOf(ConstRowsView rows, size_t i) {
  return rows.format.precision == Precision::kInt8
             ? rows.scalars(i)[kernels::kScale]
             : 1.0f;
}

// Computes the same as the kernels, with Eigen.
struct InEigen {
  static void RowLogits(ConstRowsView rows, std::span<const uint32_t> ids,
                        std::span<const float> x, std::span<float> out) {
    WithWeight(rows, [&](auto weight) {
      for (size_t j = 0; j < ids.size(); ++j) {
        out[j] =
            rows.scalars(ids[j])[kernels::kBias] +
            ScaleOf(rows, ids[j]) * WeightsOf<decltype(weight)>(rows, ids[j], 1)
                                        .row(0)
                                        .template cast<float>()
                                        .dot(AsEigen(x).transpose());
      }
    });
  }
  static void ScoreRows(ConstRowsView rows, size_t first, size_t num_rows,
                        std::span<const float> queries, size_t num_queries,
                        std::span<float> out) {
    using Eigen::Index;
    using Matrix =
        Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    const auto n = static_cast<Index>(num_rows);
    const auto num = static_cast<Index>(num_queries);
    const Eigen::Map<const Eigen::VectorXf, 0, Eigen::InnerStride<>> bias(
        rows.scalars(first) + kernels::kBias, n,
        Eigen::InnerStride<>(
            static_cast<Index>(rows.format.stride / sizeof(float))));
    const Eigen::Map<const Matrix> x(queries.data(), num,
                                     static_cast<Index>(rows.format.width));
    Eigen::Map<Matrix> scores(out.data(), num, n);
    WithWeight(rows, [&](auto weight) {
      scores.noalias() = x * WeightsOf<decltype(weight)>(rows, first, num_rows)
                                 .template cast<float>()
                                 .transpose();
    });
    if (rows.format.precision == Precision::kInt8) {
      for (size_t i = 0; i < num_rows; ++i) {
        scores.col(static_cast<Index>(i)) *= ScaleOf(rows, first + i);
      }
    }
    scores.rowwise() += bias.transpose();
  }
  static void AccumulateRows(ConstRowsView rows, std::span<const uint32_t> ids,
                             std::span<const float> values,
                             std::span<float> out) {
    WithWeight(rows, [&](auto weight) {
      for (size_t j = 0; j < ids.size(); ++j) {
        AsEigen(out) += values[j] * ScaleOf(rows, ids[j]) *
                        WeightsOf<decltype(weight)>(rows, ids[j], 1)
                            .row(0)
                            .template cast<float>()
                            .transpose();
      }
    });
  }
  static std::span<const float> ReadWeights(ConstRowsView rows, size_t i,
                                            std::span<float> scratch) {
    WithWeight(rows, [&](auto weight) {
      AsEigen(scratch) =
          ScaleOf(rows, i) * WeightsOf<decltype(weight)>(rows, i, 1)
                                 .row(0)
                                 .template cast<float>()
                                 .transpose();
    });
    return scratch;
  }
};

template <auto F>
void RowLogits(benchmark::State& state) {
  Rows& rows = ReadRows(state);
  Inputs x(Width(state));
  std::vector<float> out(kRowsPerCall);
  for (auto _ : state) {
    F(rows.view(), rows.NextIds(), x.Next(), out);
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
  CountRows(state, kRowsPerCall, WeightBytes(rows.format()) + sizeof(float));
}

// A row is scored for all queries before the next one is fetched; an item is a
// score.
template <auto F>
void ScoreRows(benchmark::State& state) {
  Rows& rows = ReadRows(state);
  Inputs queries(kQueries * Width(state));
  std::vector<float> out(kQueries * kRowsPerCall);
  const size_t last = rows.num_rows() - kRowsPerCall;
  for (auto _ : state) {
    const size_t first = std::min<size_t>(last, rows.NextIds().front());
    F(rows.view(), first, kRowsPerCall, queries.Next(), kQueries, out);
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
  CountRows(state, kQueries * kRowsPerCall,
            (WeightBytes(rows.format()) + sizeof(float)) / kQueries);
}

template <auto F>
void AccumulateRows(benchmark::State& state) {
  Rows& rows = ReadRows(state);
  Inputs values(kRowsPerCall);
  std::vector<float> out(Width(state));
  for (auto _ : state) {
    F(rows.view(), rows.NextIds(), values.Next(), out);
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
  CountRows(state, kRowsPerCall, WeightBytes(rows.format()));
}

// Nothing but an address for fp32 rows; from memory, each row by itself.
template <auto F>
void ReadWeights(benchmark::State& state) {
  Rows& rows = ReadRows(state);
  std::vector<float> scratch(Width(state));
  for (auto _ : state) {
    for (const uint32_t id : rows.NextIds()) {
      benchmark::DoNotOptimize(F(rows.view(), id, scratch).data());
      benchmark::ClobberMemory();
    }
  }
  CountRows(state, kRowsPerCall, WeightBytes(rows.format()));
}

BENCHMARK(RowLogits<kernels::RowLogits>)->Apply(ReadArgs);
BENCHMARK(RowLogits<Reference::RowLogits>)->Apply(ReadArgs);
BENCHMARK(RowLogits<InEigen::RowLogits>)->Apply(ReadArgs);
BENCHMARK(ScoreRows<kernels::ScoreRows>)->Apply(ReadArgs);
BENCHMARK(ScoreRows<Reference::ScoreRows>)->Apply(ReadArgs);
BENCHMARK(ScoreRows<InEigen::ScoreRows>)->Apply(ReadArgs);
BENCHMARK(AccumulateRows<kernels::AccumulateRows>)->Apply(ReadArgs);
BENCHMARK(AccumulateRows<Reference::AccumulateRows>)->Apply(ReadArgs);
BENCHMARK(AccumulateRows<InEigen::AccumulateRows>)->Apply(ReadArgs);
BENCHMARK(ReadWeights<kernels::ReadWeights>)->Apply(ReadArgs);
BENCHMARK(ReadWeights<Reference::ReadWeights>)->Apply(ReadArgs);
BENCHMARK(ReadWeights<InEigen::ReadWeights>)->Apply(ReadArgs);

}  // namespace
}  // namespace slide::bench
