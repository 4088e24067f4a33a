// The functions of Vectorizer on files.
#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>

#include "data/byte_source.h"
#include "data/line_reader.h"
#include "data/show.h"
#include "slide/error.h"
#include "slide/name_list.h"
#include "slide/output_file.h"
#include "slide/vectorizer.h"
#include "text/document_reader.h"
#include "text/vectorized.h"
#include "text/vocabulary.h"

namespace slide {
namespace {

// The names of a label file, each there once.
NameList ReadLabels(const std::string& path) {
  data::LineReader reader(path);
  text::StringTable labels;
  std::string lines;
  std::string_view name;
  while (reader.Next(name)) {
    if (name.empty() || name.find('\t') != std::string_view::npos) {
      reader.Refuse(
          fmt::format("got '{}', expected the name of a label, without a tab",
                      data::Show(name)));
    }
    if (labels.Add(name) + 1 != reader.num_lines()) {
      reader.Refuse(fmt::format("got the label '{}' again, expected each once",
                                data::Show(name)));
    }
    lines += name;
    lines += '\n';
  }
  return NameList::FromLines(std::move(lines));
}

// Writes all documents as XMC text and counts what they have.
void WriteData(text::Vectorized& documents, const TextCallback& progress,
               OutputFile& output) {
  text::VectorSource source(documents);
  std::string piece;
  while (true) {
    constexpr size_t kWriteBytes = size_t{1} << 20;
    piece.resize(kWriteBytes);
    piece.resize(source.Read(piece));
    if (piece.empty()) return;
    output.Write(piece);
    if (progress && !progress({.num_documents = documents.corpus.size(),
                               .num_written = source.num_documents()})) {
      throw StoppedError("stopped while vectors were written");
    }
  }
}

// Calls f() -> TextSummary; one that the callback stopped says so.
template <typename F>
TextSummary UnlessStopped(F&& f) {
  try {
    return f();
  } catch (const StoppedError&) {
    return {.stopped = true};
  }
}

}  // namespace

TextSummary Vectorizer::LearnFile(const TextFiles& files,
                                  const VectorizerOptions& options,
                                  const TextCallback& progress) {
  options.Validate();
  return UnlessStopped([&] {
    text::DocumentReader reader(files.text, files.format);
    text::Vectorized documents =
        text::LearnDocuments(reader, options, progress);
    OutputFile data(files.data);
    WriteData(documents, progress, data);
    OutputFile terms(files.vocabulary), labels(files.labels);
    terms.Write(documents.vocabulary->Format());
    labels.Write(documents.label_names.lines());
    terms.Commit();
    labels.Commit();
    data.Commit();
    return documents.summary;
  });
}

TextSummary Vectorizer::TransformFile(const TextFiles& files,
                                      const TextCallback& progress) const {
  NameList labels = ReadLabels(files.labels);
  return UnlessStopped([&] {
    text::DocumentReader reader(files.text, files.format);
    text::Vectorized documents =
        text::FindDocuments(reader, vocabulary_, std::move(labels), progress);
    OutputFile data(files.data);
    WriteData(documents, progress, data);
    data.Commit();
    return documents.summary;
  });
}

}  // namespace slide
