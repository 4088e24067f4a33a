// NetworkAccess: the library's own way into a Network.
#pragma once

#include <memory>

#include "slide/network.h"

namespace slide::nn {

class NetworkCore;

struct NetworkAccess {
  static NetworkCore& Core(Network& network) noexcept { return *network.core_; }
  static const NetworkCore& Core(const Network& network) noexcept {
    return *network.core_;
  }
  static Network Make(std::unique_ptr<NetworkCore> core);
};

}  // namespace slide::nn
