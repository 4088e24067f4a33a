// Loaded in front of the C library (LD_PRELOAD), makes one call of the system
// fail: SLIDE_FAULT=CALL:N:ERROR is the N-th call of write, fsync, rename, link
// or unlink, with this errno; ERROR 0 makes a write take half of what it is
// given. Calls on the standard streams do not count. When the call has failed,
// the file SLIDE_FAULT_MARK is there.
#include <dlfcn.h>
#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

// Whether this call of `name` is the one; errno is set then.
bool Fails(const char* name) {
  static std::atomic<int> num_calls = 0;
  const char* fault = std::getenv("SLIDE_FAULT");
  const size_t length = std::strlen(name);
  if (fault == nullptr || std::strncmp(fault, name, length) != 0) return false;
  int number = 0, error = 0;
  if (std::sscanf(fault + length, ":%d:%d", &number, &error) != 2) return false;
  if (++num_calls != number) return false;
  if (const char* mark = std::getenv("SLIDE_FAULT_MARK")) {
    close(open(mark, O_WRONLY | O_CREAT, 0600));
  }
  errno = error;
  return true;
}

template <typename Function>
Function* Next(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" {

ssize_t write(int descriptor, const void* bytes, size_t size) {
  static auto* next = Next<ssize_t(int, const void*, size_t)>("write");
  if (descriptor > STDERR_FILENO && Fails("write")) {
    return errno == 0 ? next(descriptor, bytes, size / 2 + 1) : -1;
  }
  return next(descriptor, bytes, size);
}

int fsync(int descriptor) {
  static auto* next = Next<int(int)>("fsync");
  return Fails("fsync") ? -1 : next(descriptor);
}

int rename(const char* from, const char* to) {
  static auto* next = Next<int(const char*, const char*)>("rename");
  return Fails("rename") ? -1 : next(from, to);
}

int link(const char* from, const char* to) {
  static auto* next = Next<int(const char*, const char*)>("link");
  return Fails("link") ? -1 : next(from, to);
}

int unlink(const char* path) {
  static auto* next = Next<int(const char*)>("unlink");
  return Fails("unlink") ? -1 : next(path);
}

}  // extern "C"
