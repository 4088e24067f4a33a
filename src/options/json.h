// Options as JSON: an object with a key for each field, nested as the structs
// are. Numbers, words, true and false, lists; null for a value left open. Of a
// hidden layer there are only the values that mean something beside the others.
#pragma once

#include <span>

#include "slide/option_fields.h"
#include "util/json.h"

namespace slide::options {

// Sets object[key].
void ToJson(std::span<const OptionField> fields, const char* key,
            util::Json& object);

// Sets the fields from object[key]; those that it lacks stay as they are.
// Throws: OptionsError naming the field, for a value that it may not have or a
// key that is none.
void FromJson(const util::Json& object, const char* key,
              std::span<const OptionField> fields);

}  // namespace slide::options
