// Models of earlier versions are read, and predict what they did: the files in
// models/, each with data and what `slide predict --top-k 3` said of it then.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "cli/run_command.h"
#include "slide/network.h"

namespace slide::cli::old_models_test {
namespace {

namespace fs = std::filesystem;

class OldModelsTest : public CommandTest {
 protected:
  // Compares lines of "label:probability", tab after tab; probabilities up to
  // what SIMD units round in their own ways.
  static void ExpectSame(const std::string& got, const std::string& expected) {
    constexpr double kRounding = 2e-3;
    std::istringstream a(got), b(expected);
    std::string x, y;
    while (b >> y) {
      ASSERT_TRUE(a >> x) << "expected " << y;
      const size_t colon = y.rfind(':');
      EXPECT_EQ(x.substr(0, colon), y.substr(0, colon));
      EXPECT_NEAR(std::atof(x.c_str() + colon + 1),
                  std::atof(y.c_str() + colon + 1), kRounding);
    }
    EXPECT_FALSE(a >> x) << "got " << x;
  }
};

TEST_F(OldModelsTest, PredictWhatTheyDid) {
  size_t num_models = 0;
  for (const auto& entry :
       fs::directory_iterator(SLIDE_SOURCE_DIR "/tests/cli/models")) {
    if (entry.path().extension() != ".slide") continue;
    ++num_models;
    const std::string model = entry.path().string();
    SCOPED_TRACE(model);
    const auto beside = [&](const char* extension) {
      return fs::path(entry.path()).replace_extension(extension).string();
    };
    std::ostringstream expected;
    expected << std::ifstream(beside(".out")).rdbuf();
    ASSERT_FALSE(expected.str().empty());

    const Outcome predicted =
        RunCommand({"predict", model, beside(".in"), "--top-k", "3"});
    EXPECT_EQ(predicted.exit_code, 0) << predicted.err;
    ExpectSame(predicted.out, expected.str());
    EXPECT_EQ(RunCommand({"info", model}).exit_code, 0);

    // Loaded and saved as models are today, it is the same.
    Network::Load(model).Save(model_);
    const Outcome again =
        RunCommand({"predict", model_, beside(".in"), "--top-k", "3"});
    EXPECT_EQ(again.out, predicted.out) << again.err;
  }
  EXPECT_GE(num_models, 2u);
}

}  // namespace
}  // namespace slide::cli::old_models_test
