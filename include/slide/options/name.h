// Name() returns the words for the values of enumerations.
#pragma once

#include <string_view>
#include <type_traits>

namespace slide {

template <typename T>
concept Enumeration = std::is_enum_v<T>;

// The word for a value, as command lines, JSON and model files have it:
// "row-adagrad", "simhash". There is one for each enumeration of the options,
// for TextFormat and for ProbabilityForm; a value that is none of the
// enumerators gets an empty one.
template <Enumeration Enum>
std::string_view Name(Enum value) noexcept;

}  // namespace slide
