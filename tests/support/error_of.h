// The message of an error, for tests that compare it.
#pragma once

#include <concepts>
#include <string>

#include "slide/error.h"

namespace slide::testing_support {

// The message of the Error that f throws.
template <std::invocable F>
std::string ErrorOf(F&& f) {
  try {
    f();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace slide::testing_support
