// Whether the tests run under a sanitizer, which takes far more addresses than
// the code it looks at, and signals for itself.
#pragma once

namespace slide::testing_support {

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SLIDE_IS_SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SLIDE_IS_SANITIZED 1
#endif

#ifdef SLIDE_IS_SANITIZED
inline constexpr bool kIsSanitized = true;
#else
inline constexpr bool kIsSanitized = false;
#endif

}  // namespace slide::testing_support
