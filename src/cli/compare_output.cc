#include "cli/compare_output.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

namespace slide::cli {
namespace {

double SecondsAnEpoch(const MethodReport& method) {
  const double rate = method.run.samples_per_second;
  return rate == 0.0 ? 0.0 : static_cast<double>(method.run.num_samples) / rate;
}

// How often the time of the first method that was trained goes into this one's,
// a sample; unset: it was not trained.
std::optional<double> TimeRatio(std::span<const MethodReport> methods,
                                const MethodReport& method) {
  const auto rate = [](const MethodReport& one) {
    return one.run.samples_per_second;
  };
  const auto first = std::ranges::find_if(
      methods, [](double of) { return of > 0.0; }, rate);
  if (first == methods.end() || rate(method) == 0.0) return {};
  return rate(*first) / rate(method);
}

Json PointJson(const CurvePoint& point) {
  Json json = {{"epochs", point.epochs},
               {"train_seconds", point.train_seconds},
               {"train_loss", point.train_loss},
               {"learning_rate", point.learning_rate},
               {"active_mean", point.active_mean}};
  AddMetrics(point.test, json);
  return json;
}

Json MethodJson(std::span<const MethodReport> methods,
                const MethodReport& method, std::span<const double> targets) {
  Json json = {{"name", method.name}};
  if (!method.failure.empty()) json["failure"] = method.failure;
  if (method.train.update) {  // it began
    json["update"] = Name(*method.train.update);
    json["learning_rate"] = *method.train.learning_rate;
    if (method.train.update != UpdateMode::kHogwild) {
      json["batch_size"] = *method.train.batch_size;
    }
  }
  json["epochs"] = method.run.epochs.size();
  json["train_seconds"] = method.run.train_seconds;
  json["seconds_an_epoch"] = SecondsAnEpoch(method);
  json["samples_per_second"] = method.run.samples_per_second;
  if (const auto ratio = TimeRatio(methods, method)) {
    json["time_ratio"] = *ratio;
  }
  json["active_mean"] = method.run.active_mean;
  json["memory_bytes"] = method.num_bytes;
  const PhaseSeconds& phases = method.run.phases;
  json["phases"] = {{"forward", phases.forward},
                    {"select", phases.select},
                    {"backward", phases.backward},
                    {"rebuild", phases.rebuild}};
  if (method.train.update == UpdateMode::kHogwild && phases.rebuild > 0.0) {
    json["index_recall@10"] = method.run.index.recall_at_10;
  }
  if (!method.curve.empty()) AddMetrics(method.curve.back().test, json);
  json["seconds_to"] = Json::array();
  for (const double target : targets) {
    const std::optional<double> seconds = SecondsTo(target, method.curve);
    json["seconds_to"].push_back(
        {{"precision", target},
         {"seconds", seconds ? Json(*seconds) : Json(nullptr)}});
  }
  json["curve"] = Json::array();
  for (const CurvePoint& point : method.curve) {
    json["curve"].push_back(PointJson(point));
  }
  if (method.tries.empty()) return json;
  json["tries"] = Json::array();
  for (const MethodTry& tried : method.tries) {
    json["tries"].push_back({{"learning_rate", tried.learning_rate},
                             {"batch_size", tried.batch_size},
                             {"mean_precision", tried.mean_precision},
                             {"train_seconds", tried.train_seconds}});
  }
  return json;
}

}  // namespace

std::string FormatCompareHead(size_t name_width, std::span<const int> ks) {
  std::string head = fmt::format("\n{:<{}}{:>7}{:>12}", "method", name_width,
                                 "epochs", "train loss");
  for (const int k : ks) head += fmt::format("{:>9}", fmt::format("P@{}", k));
  return head + fmt::format("{:>10}\n", "seconds");
}

std::string FormatCompareRow(const std::string& name, size_t name_width,
                             const CurvePoint& point) {
  std::string row = fmt::format("{:<{}}{:>7.2f}{:>12.4f}", name, name_width,
                                point.epochs, point.train_loss);
  for (const MetricsAtK& at : point.test.at) {
    row += fmt::format("{:>9.4f}", at.precision);
  }
  return row + fmt::format("{:>10.2f}\n", point.train_seconds);
}

std::string FormatComparison(std::span<const MethodReport> methods,
                             std::span<const double> targets) {
  const size_t width = NameWidth(methods);
  std::string table = fmt::format("\n{:<{}}  {:<8}", "method", width, "update");
  table += fmt::format("{:>7}", "epochs");
  const auto last = std::ranges::find_if(
      methods, [](const auto& method) { return !method.curve.empty(); });
  if (last != methods.end()) {
    for (const MetricsAtK& at : last->curve.back().test.at) {
      table += fmt::format("{:>8}", fmt::format("P@{}", at.k));
    }
    for (const MetricsAtK& at : last->curve.back().test.at) {
      table += fmt::format("{:>8}", fmt::format("PSP@{}", at.k));
    }
  }
  table += fmt::format("{:>10}{:>11}{:>8}{:>11}", "s/epoch", "samples/s",
                       "time", "memory");
  for (const double target : targets) {
    table += fmt::format("{:>11}", fmt::format("s to {:.2f}", target));
  }
  table += "\n";
  for (const MethodReport& method : methods) {
    table += fmt::format("{:<{}}  {:<8}", method.name, width,
                         method.train.update ? Name(*method.train.update) : "");
    if (method.curve.empty()) {
      table += fmt::format("  {}\n", method.failure);
      continue;
    }
    table += fmt::format("{:>7.2f}", method.curve.back().epochs);
    const Metrics& metrics = method.curve.back().test;
    for (const MetricsAtK& at : metrics.at) {
      table += fmt::format("{:>8.4f}", at.precision);
    }
    for (const MetricsAtK& at : metrics.at) {
      table += fmt::format("{:>8.4f}", at.psp.value_or(0.0));
    }
    const std::optional<double> ratio = TimeRatio(methods, method);
    table += fmt::format("{:>10.2f}{:>11}{:>8}{:>11}", SecondsAnEpoch(method),
                         FormatCount(method.run.samples_per_second),
                         ratio ? fmt::format("{:.2f}", *ratio) : "-",
                         FormatBytes(method.num_bytes));
    for (const double target : targets) {
      const std::optional<double> seconds = SecondsTo(target, method.curve);
      table += fmt::format("{:>11}", seconds ? fmt::format("{:.2f}", *seconds)
                                             : std::string("never"));
    }
    table += "\n";
    if (!method.failure.empty()) {
      table += fmt::format("{:<{}}  {}\n", "", width, method.failure);
    }
  }
  return table;
}

Json ComparisonJson(std::span<const MethodReport> methods,
                    std::span<const double> targets) {
  Json json;
  json["methods"] = Json::array();
  for (const MethodReport& method : methods) {
    json["methods"].push_back(MethodJson(methods, method, targets));
  }
  return json;
}

}  // namespace slide::cli
