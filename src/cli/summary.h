// Numbers and metrics as the commands print them, for people and as JSON.
#pragma once

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>

#include "slide/buckets.h"
#include "slide/dataset.h"
#include "slide/metrics.h"
#include "slide/sparse_part.h"

namespace slide::cli {

using Json = nlohmann::ordered_json;

std::string FormatCount(uint64_t count);    // 1234567 -> "1,234,567"
std::string FormatCount(double count);      // rounded first
std::string FormatClock(double seconds);    // 3723.4 -> "1:02:03"
std::string FormatSeconds(double seconds);  // "12.3 s", "1:02:03" from 10 min
std::string FormatBytes(uint64_t bytes);    // "1.5 GiB"

// Text of a file for a terminal: control characters as \xNN.
std::string Printable(std::string_view text);

// A row "NAME value": of the head and the summary of a command, about a data
// set or the machine, about a network or a checkpoint.
inline constexpr int kSummaryRow = 10, kDataRow = 11, kModelRow = 21;
std::string Row(std::string_view name, std::string_view value,
                int width = kSummaryRow);

// The text with `by` in the place of each c.
std::string Replaced(std::string_view text, char c, std::string_view by);

// Sets p@k, ndcg@k, recall@k and, where they are known, psp@k, psndcg@k,
// loss and what there is of label sets.
void AddMetrics(const Metrics& metrics, Json& json);

// All metrics, a row each and a column for each k.
std::string FormatMetrics(const Metrics& metrics);

// The metrics of label sets, a column for each k and the threshold; empty if
// they were not asked for.
std::string FormatSets(const Metrics& metrics);

using Clock = std::chrono::steady_clock;
double SecondsSince(Clock::time_point start);

// The largest resident memory of this process so far.
uint64_t PeakMemoryBytes();

// Samples without a label.
uint64_t NumUnlabelled(const Dataset& data);

// Writes the text and flushes it; unlike fmt::print it does not throw. A
// failure stays with the stream for whoever asks ferror(): one of the screen
// must not end hours of training. main() asks for standard output's.
void Put(std::FILE* stream, const std::string& text);
// A line of the program on standard error, as ReadOptions::on_remark has it.
void PutRemark(const std::string& text);

// How buckets are filled: a line of text, and an object with the names of the
// fields.
std::string FormatBuckets(const BucketOccupancy& buckets);
Json BucketsJson(const BucketOccupancy& buckets);

// The same of a sparse part.
std::string FormatSparsePart(const SparsePartInfo& part);
Json SparsePartJson(const SparsePartInfo& part);

}  // namespace slide::cli
