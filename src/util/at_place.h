// Puts a place in front of what an error says.
#pragma once

#include <string>
#include <string_view>

#include "slide/error.h"

namespace slide::util {

// Returns what f returns. A Caught that it throws becomes a Thrown that says
// "PLACE: ..."; too little memory stays what it is, for no file is at fault
// then.
template <typename Caught, typename Thrown = Caught, typename F>
auto AtPlace(std::string_view place, F&& f) {
  try {
    return f();
  } catch (const OutOfMemoryError&) {
    throw;
  } catch (const Caught& error) {
    throw Thrown(std::string(place) + ": " + error.what());
  }
}

}  // namespace slide::util
