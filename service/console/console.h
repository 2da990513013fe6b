// `/status` and `/console`: what operators see of the registry over HTTP.
//
// Each answer that tells of the registry demands what the method of the API
// demands that tells the same (endpoints.h), of a caller who is identified in
// the same way, and leaves the same audit records.  The methods' own handlers
// make what the API has, so that there is one evaluator and one translation.

#ifndef ROLEGATE_SERVICE_CONSOLE_CONSOLE_H_
#define ROLEGATE_SERVICE_CONSOLE_CONSOLE_H_

#include <cstddef>
#include <optional>

#include "service/answer/core.h"
#include "service/config/config.h"
#include "service/console/endpoints.h"
#include "service/console/guard.h"
#include "service/console/latest_graph.h"
#include "service/http1/message.h"

namespace rolegate::service {

// Thread-safe.
class Console {
 public:
  // The most bytes of a question.
  static constexpr std::size_t kMaxBody = std::size_t{16} << 10;

  // `core` and `listener` must outlive it.  Without `has_page` there is
  // `/status` alone.
  Console(Core* core, const ListenerConfig* listener, bool has_page);

  bool has_page() const { return has_page_; }

  // Nothing for a path that is none of its own.  What tells of the registry is
  // made later (Answer::later), and the console must outlive that.
  std::optional<http1::Answer> Respond(const http1::Request& request);

  // Lets go of the generation that was in force.  To be called after a reload.
  void Forget() { graphs_.Forget(); }

 private:
  http1::Answer Serve(const Endpoint& endpoint, const http1::Request& request);

  Core* const core_;
  const ListenerConfig* const listener_;
  const bool has_page_;
  const GuardedListener guarded_;
  LatestGraph graphs_;
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_CONSOLE_CONSOLE_H_
