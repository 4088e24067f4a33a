# Writes a C++ source that holds a file: a function `std::string_view NAME()` of
# slide::cli.
#
#   cmake -DFILE=report.html -DNAME=ReportPage -DOUTPUT=report_page.cc -P embed.cmake
file(READ ${FILE} hex HEX)
string(REGEX REPLACE "(..)" "0x\\1," bytes "${hex}")
file(WRITE ${OUTPUT} "#include \"cli/embedded.h\"

namespace slide::cli {

std::string_view ${NAME}() noexcept {
  static constexpr unsigned char kBytes[] = {${bytes}0};
  return {reinterpret_cast<const char*>(kBytes), sizeof(kBytes) - 1};
}

}  // namespace slide::cli
")
