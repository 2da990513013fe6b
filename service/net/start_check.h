// Tries everything that a start of the server does, and starts nothing.

#ifndef ROLEGATE_SERVICE_NET_START_CHECK_H_
#define ROLEGATE_SERVICE_NET_START_CHECK_H_

#include <string>
#include <vector>

#include "service/config/config.h"

namespace rolegate::service {

// Each text is for people, without a line end.
struct StartCheck {
  // What a start would fail with, or what it would wait for, in the words of
  // the start.
  std::vector<std::string> faults;
  // What could not be tried here, and why.
  std::vector<std::string> notes;
};

// Reads keys, administration policy and registry, opens the audit log and binds
// the listeners, as Server::Start does for a configuration without faults, and
// gives all of it back.  Reads the whole registry, which takes as long as at a
// start.  Leaves no file behind, and changes none.
//
// An address that is in use is a note, because what uses it may be the server
// that this one is to replace.  `ready_file` is the option of that name; it may
// be empty.
StartCheck CheckStart(const Config& config, const std::string& ready_file);

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_NET_START_CHECK_H_
