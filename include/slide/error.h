// The library throws these when a caller or the world is at fault: one base and
// its kinds, each with the place, the value met and the rule it broke. The
// command line maps the kinds to exit codes (docs/command_line.md).
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

namespace slide {

// Base of everything the library throws on purpose; itself used for failures of
// the machine at run time (out of memory, a file that cannot be written).
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Memory that was asked for is not there; the message says for what it was.
// Small pieces throw std::bad_alloc.
class OutOfMemoryError : public Error {
 public:
  using Error::Error;
};

// An option outside its range, or options that contradict each other.
class OptionsError : public Error {
 public:
  using Error::Error;
};

// Input data that is missing, malformed, or does not fit the network.
class DataError : public Error {
 public:
  using Error::Error;
  // "path:line: what"; lines count from 1.
  DataError(const std::string& path, uint64_t line, const std::string& what)
      : Error(path + ":" + std::to_string(line) + ": " + what) {}
};

// A model file that is missing, damaged, foreign, of a newer version, or that
// could not be written.
class ModelFileError : public Error {
 public:
  using Error::Error;
};

// A callback asked for an end before there was a result.
class StoppedError : public Error {
 public:
  using Error::Error;
};

// Weights, losses or scores left the finite numbers.
class DivergedError : public Error {
 public:
  using Error::Error;
};

}  // namespace slide
