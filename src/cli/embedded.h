// Files that the command carries with it; cmake/embed.cmake makes their
// sources.
#pragma once

#include <string_view>

namespace slide::cli {

std::string_view ReportPage() noexcept;    // src/cli/report.html
std::string_view ChartLibrary() noexcept;  // Chart.js, minified

}  // namespace slide::cli
