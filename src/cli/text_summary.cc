#include "cli/text_summary.h"

#include <fmt/format.h>

#include <cstdint>

#include "cli/summary.h"

namespace slide::cli {
namespace {

double Ratio(uint64_t part, uint64_t whole) {
  return whole == 0 ? 0.0
                    : static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

std::string FormatText(const TextSummary& text, bool learned) {
  std::string lines;
  lines += Row(
      "documents",
      fmt::format("{}; {} without a known term, {} without a label",
                  FormatCount(text.num_documents), FormatCount(text.num_empty),
                  FormatCount(text.num_unlabelled)));
  lines += Row(
      "terms",
      fmt::format("{}{}; {:.1f} a document, {:.1f} % of what the texts hold",
                  FormatCount(uint64_t{text.num_features}),
                  learned ? fmt::format(" of the {} met",
                                        FormatCount(text.num_unique_terms))
                          : "",
                  Ratio(text.num_nonzeros, text.num_documents),
                  100.0 * Ratio(text.num_known_terms, text.num_terms)));
  lines +=
      Row("labels",
          fmt::format(
              "{}; {:.2f} a document{}", FormatCount(uint64_t{text.num_labels}),
              Ratio(text.num_label_marks, text.num_documents),
              learned ? ""
                      : fmt::format(", {} unknown ones left out",
                                    FormatCount(text.num_unknown_labels))));
  return lines;
}

}  // namespace slide::cli
