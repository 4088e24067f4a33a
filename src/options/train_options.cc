#include <fmt/format.h>

#include <string>

#include "options/fields.h"
#include "slide/options/train.h"

namespace slide {

using options::AtLeast;
using options::Between;
using options::kNoFlag;
using options::kShare;
using options::kShareBelow1;

namespace {

// "0.12 for row-adagrad, 0.01 for adam, ...".
std::string RatesOfOptimizers() {
  std::string text;
  for (size_t i = 0; i < options::kLearningRates.size(); ++i) {
    text += fmt::format("{}{} for {}", i == 0 ? "" : ", ",
                        options::kLearningRates[i],
                        options::WordAt(options::kWords<Optimizer>, i));
  }
  return text;
}

}  // namespace

template <>
std::vector<OptionField> Fields(TrainOptions& o) {
  options::FieldList list("Training");
  list.Add(
      "epochs", o.epochs,
      "Passes over the training set; auto: 5, or where there are fewer than 4 "
      "samples for each label 6, and 8 if they are fewer than 25,000",
      {.range = Between(1, 1'000'000), .is_common = true});
  list.Add("time_limit", o.time_limit,
           "Time after which training ends, whatever epochs are left; the rate "
           "falls with it, so such a run does not repeat itself; 0s: none",
           {.is_common = true});
  list.Add("loss", o.loss,
           "Cross-entropy over a sample's labels together, each label against "
           "the negatives, or each neuron a yes or no of its own",
           {.is_common = true});
  list.Add(
      "bias_init", o.bias_init,
      "Biases of the output layer at the start: 0, or the log odds of the "
      "labels in the training set; auto: these for the sigmoid loss, which "
      "needs them");
  list.Add("freeze", o.freeze,
           "The layers that keep their weights, of a network that was trained "
           "before: all hidden ones, or the output with its sparse part");
  list.Add("update", o.update,
           "When weights move: with every sample, without locks, or with every "
           "batch, and then the same for any number of threads; dense: a batch "
           "computes and moves all output neurons, by matrix products, "
           "sampled: its labels and random negatives that it shares; auto: "
           "dense for 300 labels at most if the last hidden layer is not "
           "hashed and no option of hash tables or candidates is given, "
           "otherwise hogwild",
           {.is_common = true});
  list.Add("batch_size", o.batch_size,
           "Samples in a batch; auto: 256, or 32 for dense and sampled ones of "
           "fewer than 25,000 samples",
           {.range = Between(1, 65'536),
            .only_with = {"update", "auto|batched|dense|sampled"}});
  list.Add(
      "gradient_floor", o.gradient_floor,
      "Gradients of output neurons below this are rounded at random to 0 "
      "or to it, their mean kept",
      {.range = kShare,
       .cost =
           "faster, with less traffic between threads; from about 0.1 on less "
           "accurate"});
  list.Add("seed", o.seed,
           "Seed of the order of samples and of random draws; auto: the "
           "network's",
           {.flag = kNoFlag});
  list.Add("shuffle_mebibytes", o.shuffle_mebibytes,
           "MiB of a cache that are in memory at a time, a larger one being "
           "shuffled in windows of half of that; 0: all of it",
           {.range = Between(0, 0x1p40),
            .flag = "shuffle-memory",
            .cost = "memory; windows mix better"});
  list.AddThreads(o.num_threads);

  list.StartGroup("Learning rate");
  static const std::string rate_sentence = fmt::format(
      "Step of the optimizer at its largest; auto: {}", RatesOfOptimizers());
  list.Add("learning_rate", o.learning_rate, rate_sentence,
           {.range = options::Above(0), .is_common = true});
  list.Add("schedule", o.schedule, "How the rate falls over the training");
  list.Add("final_rate_share", o.final_rate_share,
           "Share of the rate that is left at the end",
           {.range = kShare, .only_with = {"schedule", "linear|cosine"}});
  list.Add("warmup_share", o.warmup_share,
           "Share of the training over which the rate rises from 0 first",
           {.range = kShare, .flag = "warmup"});
  list.Add("layer_rates", o.layer_rates,
           "Rates of the layers from the input to the output, as multiples of "
           "the learning rate; auto: by the width of their rows, 1 at 128",
           {.range = AtLeast(0), .auto_if_empty = true});
  list.Add("bias_rate", o.bias_rate,
           "Rate of biases, as a multiple of their layer's",
           {.range = AtLeast(0)});

  list.Nest("sampling", Fields(o.sampling));
  list.Nest("sparse_part", Fields(o.sparse_part));
  list.Nest("rebuild", Fields(o.rebuild));

  list.StartGroup("Regularization and optimizer");
  list.Add("weight_decay", o.weight_decay,
           "Times the learning rate: the share of each weight touched that a "
           "step takes; biases do not decay",
           {.range = AtLeast(0)});
  list.Add("clip_norm", o.clip_norm,
           "Norm that a sample's gradient is scaled down to, for a second "
           "backward pass; 0: none is",
           {.range = AtLeast(0)});
  list.Add("input_dropout", o.input_dropout,
           "Share of a sample's features that a step leaves out",
           {.range = kShareBelow1});
  list.Add("hidden_dropout", o.hidden_dropout,
           "Share of each hidden layer's activations that a step leaves out",
           {.range = kShareBelow1});
  list.Add("momentum", o.momentum, "Share of its velocity that a row keeps",
           {.range = kShareBelow1, .only_with = {"optimizer", "sgd"}});
  list.Add("beta1", o.beta1, "Share of the first moment that is kept",
           {.range = kShareBelow1, .only_with = {"optimizer", "adam"}});
  list.Add("beta2", o.beta2, "Share of the second moment that is kept",
           {.range = kShareBelow1, .only_with = {"optimizer", "adam"}});
  list.Add("rounding", o.rounding,
           "How a moved weight becomes a bf16 one: up or down at random with "
           "its mean kept, or to the nearest",
           {.only_with = {"precision", "bf16"}});

  list.StartGroup("Evaluation");
  list.Add("eval_samples", o.eval_samples,
           "Test and validation samples looked at in an evaluation; 0: all");
  list.Add(
      "eval_ks", o.eval_ks, "Cuts of the metrics",
      {.range = Between(1, options::kMany), .flag = "k", .is_common = true});
  list.Add("patience", o.patience,
           "Epochs in a row that may be no better on the validation set than "
           "the best one, until training ends early; 0: it never does",
           {.range = Between(0, 1'000'000), .is_common = true});
  list.Add("index_reports", o.index_reports,
           "Whether every epoch's report looks at the hash tables: an exact "
           "search for each of 500 samples",
           {.flag = kNoFlag});
  return list.Take();
}

void TrainOptions::Validate() const { options::CheckOptions(*this); }

}  // namespace slide
