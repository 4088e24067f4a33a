// SLIDE_DCHECK(condition): a precondition between our own functions. Breaking
// it is a bug of ours, not a caller's mistake, so it ends the process with the
// place. On when SLIDE_ENABLE_DCHECKS is defined (presets dev, asan, tsan);
// costs nothing otherwise.
#pragma once

#include <cstdio>
#include <cstdlib>

#ifdef SLIDE_ENABLE_DCHECKS
#define SLIDE_DCHECK(condition)                                          \
  do {                                                                   \
    if (!(condition)) {                                                  \
      std::fprintf(stderr, "%s:%d: broken precondition: %s\n", __FILE__, \
                   __LINE__, #condition);                                \
      std::abort();                                                      \
    }                                                                    \
  } while (false)
#else
#define SLIDE_DCHECK(condition) \
  do {                          \
    (void)sizeof(condition);    \
  } while (false)
#endif
