# Every dependency: the system's package first, a pinned download second. What
# was downloaded is built into this tree only, so installing needs packages.
include(FetchContent)
find_package(PkgConfig QUIET)
set(SLIDE_FETCHED "")

macro(slide_fetch name repository tag)
  message(STATUS "${name} is not installed: downloading ${tag} of ${repository}")
  FetchContent_Declare(${name} GIT_REPOSITORY ${repository} GIT_TAG ${tag}
                       GIT_SHALLOW TRUE SYSTEM)
  FetchContent_MakeAvailable(${name})
  list(APPEND SLIDE_FETCHED ${name})
endmacro()

find_package(Threads REQUIRED)
find_package(ZLIB REQUIRED)

# Optional, and not downloaded: without them such files are refused.
set(SLIDE_CODEC_DEFINITIONS "")
set(SLIDE_CODEC_INCLUDE_DIRS "")
set(SLIDE_CODEC_LIBRARIES "")
macro(slide_find_codec NAME header library)
  if(SLIDE_WITH_${NAME})
    find_path(SLIDE_${NAME}_INCLUDE_DIR ${header})
    find_library(SLIDE_${NAME}_LIBRARY ${library})
    if(SLIDE_${NAME}_INCLUDE_DIR AND SLIDE_${NAME}_LIBRARY)
      list(APPEND SLIDE_CODEC_DEFINITIONS SLIDE_HAS_${NAME})
      list(APPEND SLIDE_CODEC_INCLUDE_DIRS ${SLIDE_${NAME}_INCLUDE_DIR})
      list(APPEND SLIDE_CODEC_LIBRARIES ${SLIDE_${NAME}_LIBRARY})
    else()
      message(STATUS "lib${library} is not installed: its files cannot be read")
    endif()
  endif()
endmacro()
slide_find_codec(ZSTD zstd.h zstd)
slide_find_codec(BZIP2 bzlib.h bz2)
slide_find_codec(XZ lzma.h lzma)

find_package(hwy QUIET CONFIG)
if(NOT TARGET hwy::hwy)
  set(HWY_ENABLE_TESTS OFF)
  set(HWY_ENABLE_EXAMPLES OFF)
  set(HWY_ENABLE_INSTALL OFF)
  slide_fetch(hwy https://github.com/google/highway.git 1.2.0)
  add_library(hwy::hwy ALIAS hwy)
endif()

find_package(fmt QUIET CONFIG)
if(NOT TARGET fmt::fmt)
  slide_fetch(fmt https://github.com/fmtlib/fmt.git 10.2.1)
endif()

# Used as headers alone: nothing of theirs is linked, installed or exported.
add_library(slide_header_only INTERFACE)

find_package(nlohmann_json QUIET CONFIG)
if(NOT TARGET nlohmann_json::nlohmann_json)
  slide_fetch(nlohmann_json https://github.com/nlohmann/json.git v3.11.3)
endif()
target_link_libraries(slide_header_only INTERFACE nlohmann_json::nlohmann_json)

find_path(SLIDE_XXHASH_INCLUDE_DIR xxhash.h)
if(NOT SLIDE_XXHASH_INCLUDE_DIR)
  message(STATUS "xxHash is not installed: downloading v0.8.2")
  FetchContent_Declare(xxhash GIT_REPOSITORY https://github.com/Cyan4973/xxHash.git
                       GIT_TAG v0.8.2 GIT_SHALLOW TRUE SOURCE_SUBDIR none)
  FetchContent_MakeAvailable(xxhash)
  set(SLIDE_XXHASH_INCLUDE_DIR ${xxhash_SOURCE_DIR})
endif()
target_include_directories(slide_header_only SYSTEM INTERFACE ${SLIDE_XXHASH_INCLUDE_DIR})
target_compile_definitions(slide_header_only INTERFACE XXH_INLINE_ALL)

# Of the library's, src/kernels/eigen_products-inl.h alone sees it.
find_package(Eigen3 3.4 QUIET CONFIG)
if(NOT TARGET Eigen3::Eigen)
  set(EIGEN_BUILD_DOC OFF)
  set(EIGEN_BUILD_TESTING OFF)
  slide_fetch(eigen https://gitlab.com/libeigen/eigen.git 3.4.0)
endif()
target_link_libraries(slide_header_only INTERFACE Eigen3::Eigen)

# Not downloaded.
set(SLIDE_ONEDNN_LIBRARIES "")
if(SLIDE_ONEDNN)
  find_package(dnnl REQUIRED CONFIG)
  if(NOT DNNL_CPU_RUNTIME MATCHES "^(OMP|SEQ)$")
    message(FATAL_ERROR "oneDNN is built for the threads of "
      "'${DNNL_CPU_RUNTIME}', expected OMP or SEQ: slide keeps it on its own")
  endif()
  find_package(OpenMP REQUIRED COMPONENTS CXX)
  set(SLIDE_ONEDNN_LIBRARIES DNNL::dnnl OpenMP::OpenMP_CXX)
endif()

# Of the command alone.
if(SLIDE_BUILD_CLI)
  find_path(SLIDE_TOMLPLUSPLUS_INCLUDE_DIR toml++/toml.h)
  if(NOT SLIDE_TOMLPLUSPLUS_INCLUDE_DIR)
    message(STATUS "toml++ is not installed: downloading v3.4.0")
    FetchContent_Declare(tomlplusplus GIT_REPOSITORY https://github.com/marzer/tomlplusplus.git
                         GIT_TAG v3.4.0 GIT_SHALLOW TRUE SOURCE_SUBDIR none)
    FetchContent_MakeAvailable(tomlplusplus)
    set(SLIDE_TOMLPLUSPLUS_INCLUDE_DIR ${tomlplusplus_SOURCE_DIR}/include)
  endif()

  # Chart.js, which reports carry with them; the same on every machine.
  find_file(SLIDE_CHART_LIBRARY NAMES chart.umd.min.js chart.min.js
    PATHS /usr/share/javascript/chart.js NO_DEFAULT_PATH NO_CMAKE_FIND_ROOT_PATH)
  if(NOT SLIDE_CHART_LIBRARY)
    message(STATUS "Chart.js is not installed: downloading 3.9.1")
    set(SLIDE_CHART_LIBRARY ${PROJECT_BINARY_DIR}/chart.min.js)
    file(DOWNLOAD
      https://cdnjs.cloudflare.com/ajax/libs/Chart.js/3.9.1/chart.min.js
      ${SLIDE_CHART_LIBRARY} EXPECTED_HASH SHA256=fbc45926e6b46845a0f905552a0e0b1331049bff1115ecf94dbe0904d895e710)
  endif()
endif()

if(SLIDE_BUILD_TESTS)
  find_package(GTest QUIET CONFIG)
  if(NOT TARGET GTest::gtest_main)
    set(INSTALL_GTEST OFF)
    slide_fetch(googletest https://github.com/google/googletest.git v1.14.0)
  endif()
endif()

if(SLIDE_BUILD_BENCHES)
  find_package(benchmark QUIET CONFIG)
  if(NOT TARGET benchmark::benchmark)
    set(BENCHMARK_ENABLE_TESTING OFF)
    set(BENCHMARK_ENABLE_INSTALL OFF)
    slide_fetch(benchmark https://github.com/google/benchmark.git v1.8.3)
  endif()
endif()

if(SLIDE_INSTALL)
  if("hwy" IN_LIST SLIDE_FETCHED OR "fmt" IN_LIST SLIDE_FETCHED)
    message(STATUS "SLIDE_INSTALL is off: hwy and fmt must be installed for that")
    set(SLIDE_INSTALL OFF)
  endif()
endif()
