#include "options/fields.h"
#include "slide/dataset_io.h"

namespace slide {

template <>
std::vector<OptionField> Fields(ReadOptions& o) {
  options::FieldList list("Reading data");
  list.AddThreads(o.num_threads);
  list.Add("normalize", o.normalize,
           "Take features as they are; otherwise each sample is scaled to "
           "Euclidean length 1. A model wants the same in training and use",
           {.flag = "no-normalize"});
  list.Add("format", o.format,
           "Form of text; auto: told by its first line. documents: "
           "'label,...<TAB>text'; fasttext: '__label__a __label__b text'; "
           "two-files: a matrix of features, "
           "trn_X_Xf.txt, and one of labels beside it, trn_X_Y.txt");
  list.Add("first_feature", o.first_feature,
           "Of libsvm text: number of the first feature; auto: that of a "
           "model's training data, or 0 if a feature has it, else the text is "
           "refused",
           {.range = options::Between(0, 1)});
  list.Add("first_label", o.first_label,
           "Of libsvm text: number of the first label; auto: that of a model's "
           "training data, or 0",
           {.range = options::Between(0, 1)});
  list.Add("num_features", o.num_features,
           "Number of features; auto: that of the header, or of libsvm text as "
           "many as its ids ask for",
           {.range = options::Between(0, 0xffffffff)});
  list.Add("num_labels", o.num_labels,
           "Number of labels; auto: as that of the features",
           {.range = options::Between(0, 0xffffffff)});
  list.Add("with_labels", o.with_labels,
           "Whether the labels of a set in two files are read",
           {.flag = options::kNoFlag});
  list.Add("verify", o.verify,
           "Compare the sums of caches and models before they are used, which "
           "reads them once more; text is checked in any case");
  return list.Take();
}

void ReadOptions::Validate() const { options::CheckOptions(*this); }

}  // namespace slide
