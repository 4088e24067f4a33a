// A program that links the library gets what the command gets: both train with
// the same options, and the model files are the same to the last bit.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "cli/run_command.h"
#include "slide/dataset_io.h"
#include "slide/defaults.h"
#include "slide/export.h"
#include "slide/model_data.h"
#include "slide/network.h"
#include "slide/trainer.h"
#include "support/make_data.h"

namespace slide::cli::library_test {
namespace {

// A user's settings, once as arguments and once as fields.
struct Case {
  std::string name;
  std::vector<std::string> arguments;
  NetworkOptions network = {};
  TrainOptions train = {};
};

std::vector<Case> Cases() {
  std::vector<Case> cases;
  const auto add = [&](const std::string& name,
                       std::vector<std::string> arguments, auto&& set) {
    for (const UpdateMode update :
         {UpdateMode::kHogwild, UpdateMode::kBatched}) {
      Case c = {name + std::string(Name(update)), arguments};
      set(c.network, c.train);
      c.train.num_threads = 1;
      c.train.update = update;
      c.arguments.insert(c.arguments.end(), {"--threads", "1", "--update",
                                             std::string(Name(update))});
      if (update == UpdateMode::kBatched) {
        c.train.batch_size = 16;
        c.arguments.insert(c.arguments.end(), {"--batch-size", "16"});
      }
      cases.push_back(std::move(c));
    }
  };
  for (const Loss loss : {Loss::kSoftmax, Loss::kDecoupled, Loss::kSigmoid}) {
    const std::string name(Name(loss));
    add(name, {"--loss", name},
        [loss](NetworkOptions&, TrainOptions& train) { train.loss = loss; });
  }
  add("budgets", {"--max-hashed", "400", "--random-negatives", "60"},
      [](NetworkOptions&, TrainOptions& train) {
        train.sampling.max_hashed = 400;
        train.sampling.random_negatives = 60;
      });
  add("fewer", {"--max-hashed", "20", "--neighbours", "10"},
      [](NetworkOptions&, TrainOptions& train) {
        train.sampling.max_hashed = 20;
        train.sampling.max_neighbours = 10;
      });
  add("none", {"--max-hashed", "0"}, [](NetworkOptions&, TrainOptions& train) {
    train.sampling.max_hashed = 0;
  });
  add("seed", {"--seed", "7"},
      [](NetworkOptions& network, TrainOptions&) { network.seed = 7; });
  add("wide", {"--hidden", "256,300:active=40", "--optimizer", "adam"},
      [](NetworkOptions& network, TrainOptions&) {
        network.hidden = {256, 300};
        network.hidden[1].max_active = 40;
        network.optimizer = Optimizer::kAdam;
      });
  return cases;
}

// Two labels a sample of 800, each told by four features of its own.
std::string Text(const Dataset& data) {
  std::string text = fmt::format("{} {} {}\n", data.size(), data.num_features(),
                                 data.num_labels());
  for (size_t i = 0; i < data.size(); ++i) {
    text += fmt::format("{}", fmt::join(data[i].labels, ","));
    for (const uint32_t id : data[i].features.ids) {
      text += fmt::format(" {}:1", id);
    }
    text += "\n";
  }
  return text;
}

class LibraryTest : public CommandTest,
                    public testing::WithParamInterface<Case> {};

INSTANTIATE_TEST_SUITE_P(Options, LibraryTest, testing::ValuesIn(Cases()),
                         [](const auto& test) { return test.param.name; });

TEST_P(LibraryTest, TrainsTheModelThatTheCommandTrains) {
  WriteFile("learnable.txt",
            Text(testing_support::LearnableData(300, 800, 2, 5)));
  std::vector<std::string> arguments = {"train", Path("learnable.txt"),
                                        "--quiet", "--model",
                                        Path("command.slide")};
  arguments.insert(arguments.end(), GetParam().arguments.begin(),
                   GetParam().arguments.end());
  const Outcome outcome = RunCommand(arguments);
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;

  const auto [data, card, text] = ReadToLearn(Path("learnable.txt"));
  Network network(SettledFor(data, GetParam().network));
  Trainer(network, GetParam().train).Fit(data);
  network.SetCard(card);
  // The command leaves out what other optimizers keep for each weight.
  const NetworkOptions& options = network.options();
  if (options.optimizer != Optimizer::kRowAdagrad) {
    network = Exported(network, options.precision);
  }
  network.Save(Path("library.slide"));
  // The command writes down how it trained besides.
  Network command = Network::Load(Path("command.slide"));
  ModelCard without_record = command.card();
  without_record.training.reset();
  EXPECT_EQ(without_record, card);
  command.SetCard(card);
  command.Save(Path("command.slide"));
  EXPECT_EQ(ReadFile("library.slide"), ReadFile("command.slide"));
}

}  // namespace
}  // namespace slide::cli::library_test
