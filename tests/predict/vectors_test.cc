#include "slide/vectors.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "nn/network_access.h"
#include "slide/error.h"
#include "support/dense_net.h"
#include "support/make_data.h"

namespace slide::vectors_test {
namespace {

constexpr uint64_t kSeed = 23;

NetworkOptions Net() {
  NetworkOptions options;
  options.num_features = 60;
  options.num_labels = 70;
  options.hidden = {20, 12};
  options.init_scale = 2.0;
  options.seed = kSeed;
  return options;
}

// A label's logit is its vector times the sample's, and its bias.
TEST(Vectors, OfSampleAndLabelMakeTheLogit) {
  const Network network(Net(), 1);
  const Dataset data = testing_support::RandomData(50, 60, 70, 8, 2, kSeed);
  testing_support::DenseNet dense(nn::NetworkAccess::Core(network));
  const auto one = SampleVectors(network, data, 3, 47, 1);
  EXPECT_EQ(one, SampleVectors(network, data, 3, 47, 2));
  ASSERT_EQ(one.size(), 44u * 12u);
  for (const size_t s : {3u, 30u, 46u}) {
    const Eigen::VectorXd logits = dense.Logits(data[s]);
    for (const uint32_t label : {0u, 33u, 69u}) {
      const std::vector<float> row = LabelVector(network, label);
      ASSERT_EQ(row.size(), 12u);
      double logit = dense.layers().back().bias[label];
      for (size_t i = 0; i < 12; ++i) {
        logit += double{row[i]} * double{one[(s - 3) * 12 + i]};
      }
      EXPECT_NEAR(logit, logits[label], 1e-5);
    }
  }
  EXPECT_TRUE(SampleVectors(network, data, 7, 7, 1).empty());
}

TEST(Vectors, NearestLabelsAreThoseOfTheLargestCosine) {
  const Network network(Net(), 1);
  testing_support::DenseNet dense(nn::NetworkAccess::Core(network));
  const auto& rows = dense.layers().back().weights;
  const Eigen::VectorXd own = rows.row(5).normalized();
  std::vector<std::pair<double, uint32_t>> expected;
  for (uint32_t l = 0; l < 70; ++l) {
    if (l != 5) expected.emplace_back(-own.dot(rows.row(l).normalized()), l);
  }
  std::ranges::sort(expected);
  const auto near = NearestLabels(network, 5, 10);
  ASSERT_EQ(near.size(), 10u);
  for (size_t i = 0; i < near.size(); ++i) {
    EXPECT_EQ(near[i].label, expected[i].second);
    EXPECT_NEAR(near[i].cosine, -expected[i].first, 1e-5);
  }
  EXPECT_EQ(NearestLabels(network, 5, 1000).size(), 69u);
}

TEST(Vectors, RefuseWhatIsNotThere) {
  const Network network(Net(), 1);
  const Dataset data = testing_support::RandomData(5, 60, 70, 8, 2, kSeed);
  EXPECT_THROW(LabelVector(network, 70), DataError);
  EXPECT_THROW(NearestLabels(network, 70, 3), DataError);
  EXPECT_THROW(SampleVectors(network, data, 3, 6), OptionsError);
  const Dataset wide = testing_support::RandomData(1, 61, 70, 3, 1, kSeed);
  EXPECT_THROW(SampleVectors(network, wide, 0, 1), DataError);
}

// NumPy's own description of the format, version 1.0.
TEST(Vectors, ANumPyHeadSaysTheShape) {
  const std::string head = NpyHead(3, 12);
  EXPECT_EQ(head.size() % 64, 0u);
  EXPECT_EQ(head.substr(0, 8), std::string("\x93NUMPY\x01\x00", 8));
  const size_t length = static_cast<unsigned char>(head[8]) +
                        256u * static_cast<unsigned char>(head[9]);
  EXPECT_EQ(length, head.size() - 10);
  EXPECT_NE(head.find("{'descr': '<f4', 'fortran_order': False, 'shape': (3, "
                      "12), }"),
            std::string::npos);
  EXPECT_EQ(head.back(), '\n');
}

}  // namespace
}  // namespace slide::vectors_test
