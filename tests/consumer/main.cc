// Uses every public header of an installed slide once: builds samples in
// memory, trains, predicts, saves and loads. Returns 1, and says why, when
// something is off.
#include <cstdint>
#include <cstdio>
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include "slide/cpu.h"
#include "slide/data_statistics.h"
#include "slide/dataset.h"
#include "slide/dataset_builder.h"
#include "slide/dataset_io.h"
#include "slide/error.h"
#include "slide/hash_index.h"
#include "slide/index_quality.h"
#include "slide/metrics.h"
#include "slide/model_card.h"
#include "slide/model_data.h"
#include "slide/name_list.h"
#include "slide/network.h"
#include "slide/online_trainer.h"
#include "slide/options.h"
#include "slide/output_file.h"
#include "slide/sparse.h"
#include "slide/synthetic.h"
#include "slide/trainer.h"
#include "slide/vectorizer.h"

namespace {

constexpr uint32_t kNumLabels = 16;

// Sample i has the one label i mod 16, which follows from its two features.
slide::Dataset MakeSamples(uint32_t num_samples) {
  slide::CsrArrays arrays;
  arrays.num_features = 2 * kNumLabels;
  arrays.num_labels = kNumLabels;
  for (uint32_t i = 0; i < num_samples; ++i) {
    const uint32_t label = i % kNumLabels;
    for (const uint32_t feature : {2 * label, 2 * label + 1}) {
      arrays.feature_ids.push_back(feature);
      arrays.feature_values.push_back(0.5f);
    }
    arrays.feature_offsets.push_back(arrays.feature_ids.size());
    arrays.label_ids.push_back(label);
    arrays.label_offsets.push_back(arrays.label_ids.size());
  }
  return slide::Dataset(std::move(arrays));
}

int Fail(const std::string& what) {
  std::fprintf(stderr, "consumer: %s\n", what.c_str());
  return 1;
}

int Run() {
  const slide::Dataset samples = MakeSamples(320);

  slide::NetworkOptions shape;
  shape.num_features = samples.num_features();
  shape.num_labels = samples.num_labels();
  shape.hidden = {32};
  slide::Network network(shape, 1);

  slide::TrainOptions options;
  options.epochs = 10;
  options.num_threads = 1;
  const slide::TrainReport report =
      slide::Trainer(network, options).Fit(samples, &samples);
  if (report.epochs.size() != 10) return Fail("not all epochs were trained");
  const double precision =
      report.epochs.back().test.value().at.front().precision;
  if (precision < 1.0) {
    return Fail("P@1 is " + std::to_string(precision) + ", not 1");
  }

  slide::OnlineTrainer by_sample(network, options, &samples);
  const double loss = by_sample.MakeWorker().Train(samples[0], 0.01, 0).loss;
  if (!(loss >= 0.0)) return Fail("a single step has no loss");

  const std::string path = "consumer.slide";
  network.Save(path);
  const slide::Network loaded = slide::Network::Load(path);
  std::remove(path.c_str());
  for (uint32_t label = 0; label < kNumLabels; ++label) {
    const slide::SparseView features = samples[label].features;
    const slide::ScoredLabel before = network.Predict(features, 1).at(0);
    const slide::ScoredLabel after = loaded.Predict(features, 1).at(0);
    if (before.label != label) return Fail("a trained sample is mispredicted");
    if (after.label != before.label || after.logit != before.logit) {
      return Fail("the loaded network predicts otherwise");
    }
  }

  if (slide::MeasureIndex(network, samples).num_samples != samples.size()) {
    return Fail("the tables were not measured on all samples");
  }
  const slide::HashIndex index(samples,
                               {.hash = {.kind = slide::HashKind::kMinHash}});
  if (slide::HashSearcher(index).Find(samples[0].features).empty()) {
    return Fail("a sample is not found among its likes");
  }
  slide::SyntheticOptions made_up;
  made_up.num_points = 10;
  made_up.num_features = made_up.num_labels = 1000;
  if (slide::MakeSynthetic(made_up, slide::SyntheticPart::kTrain).size() !=
      10) {
    return Fail("made-up data has another size");
  }

  if (slide::MeasureData(samples).label_counts.size() !=
      6) {  // 20 samples each
    return Fail("labels are counted wrong");
  }

  const std::vector<std::string> texts = {"a small dog", "a wild dog"};
  slide::Vectorizer::Learn(texts).Save("consumer.words");
  const slide::Vectorizer vectorizer =
      slide::Vectorizer::Load("consumer.words");
  std::remove("consumer.words");
  if (vectorizer.Transform("Dog!").ids != std::vector<uint32_t>{1} ||
      vectorizer.term(1) != "dog") {
    return Fail("a word of the vocabulary is not found");
  }
  slide::OutputFile text("consumer.text");
  text.Write("pet\ta small dog\nwild\ta wild dog\n");
  text.Commit();
  slide::Vectorizer::LearnFile({.text = "consumer.text",
                                .data = "consumer.data",
                                .vocabulary = "consumer.words",
                                .labels = "consumer.labels"});
  const size_t num_documents = slide::ReadData("consumer.data").size();
  const slide::ModelData documents = slide::ReadToLearn("consumer.text");
  slide::Network of_text({.num_features = documents.data.num_features(),
                          .num_labels = documents.data.num_labels()},
                         1);
  slide::ModelCard card = documents.card;
  card.training = slide::TrainingRecord{.data = "consumer.text"};
  of_text.SetCard(card);
  const slide::NameList& labels = of_text.card().label_names;
  const bool reads_text =
      slide::VectorizerOf(of_text.card()).Transform("Dog!").ids ==
          std::vector<uint32_t>{1} &&
      slide::ReadByCard("consumer.text", card).data.size() == 2;
  const std::vector<std::string> names =
      slide::ReadNames("consumer.labels", 2, "labels");
  for (const char* file : {"consumer.text", "consumer.data", "consumer.words",
                           "consumer.labels"}) {
    std::remove(file);
  }
  if (!reads_text || labels.size() != 2 || labels[0] != "pet") {
    return Fail("a model of text does not read text");
  }
  if (num_documents != 2 || names[1] != "wild") {
    return Fail("documents are other data");
  }

  slide::WriteCache(samples, false, "consumer.slided");
  const size_t num_cached = slide::OpenCache("consumer.slided").size();
  std::remove("consumer.slided");
  if (num_cached != samples.size()) return Fail("the cache lost samples");

  try {
    (void)slide::Network::Load("no such file");
    return Fail("a missing model file was loaded");
  } catch (const slide::ModelFileError&) {
  }
  if (slide::SupportedSimdTargets().empty() || slide::SimdTarget().empty() ||
      slide::NumThreads(0) < 1) {
    return Fail("there is no instruction set to run on");
  }
  std::printf("consumer: trained, saved and loaded; P@1 %.2f\n", precision);
  return 0;
}

}  // namespace

int main() {
  try {
    return Run();
  } catch (const std::exception& error) {
    return Fail(error.what());
  }
}
