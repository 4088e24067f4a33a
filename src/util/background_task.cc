#include "util/background_task.h"

#include <system_error>
#include <utility>

#include "slide/error.h"
#include "util/check.h"

namespace slide::util {

BackgroundTask::~BackgroundTask() {
  if (is_started()) thread_.join();
}

void BackgroundTask::Start(std::function<void()> f) {
  SLIDE_DCHECK(!is_started());
  done_ = false;
  thrown_ = nullptr;
  try {
    thread_ = std::thread([this, f = std::move(f)] {
      try {
        f();
      } catch (...) {  // kept for Wait
        thrown_ = std::current_exception();
      }
      done_ = true;
    });
  } catch (const std::system_error& error) {
    throw Error(std::string("a thread could not be started: ") + error.what());
  }
}

void BackgroundTask::Wait() {
  SLIDE_DCHECK(is_started());
  thread_.join();
  if (thrown_) std::rethrow_exception(std::exchange(thrown_, nullptr));
}

}  // namespace slide::util
