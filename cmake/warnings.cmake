# Warnings for our own targets only; nobody who links slide inherits them.
add_library(slide_warnings INTERFACE)
target_compile_options(slide_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion
  -Wnon-virtual-dtor -Woverloaded-virtual -Wcast-qual
  # What a source includes is taken for a header.
  $<$<AND:$<BOOL:${SLIDE_UNITY_BUILD}>,$<CXX_COMPILER_ID:GNU>>:-Wno-subobject-linkage>
  $<$<BOOL:${SLIDE_WERROR}>:-Werror>)
