// The trust graph of the generation in force.

#ifndef ROLEGATE_SERVICE_CONSOLE_LATEST_GRAPH_H_
#define ROLEGATE_SERVICE_CONSOLE_LATEST_GRAPH_H_

#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "engine/registry/registry.h"
#include "engine/registry/snapshot.h"
#include "engine/registry/trust_graph.h"

namespace rolegate::service {

// Makes a graph when somebody first asks for it and keeps it until the next
// generation comes, so that a server whose console nobody looks at has none.
// Thread-safe.
class LatestGraph {
 public:
  // `registry` must outlive it.
  explicit LatestGraph(const Registry* registry) : registry_(*registry) {}

  // The graph of this snapshot.  It is kept only if the snapshot is in force,
  // for a call that began before a reload may ask after it.
  std::shared_ptr<const TrustGraph> Of(
      const std::shared_ptr<const Snapshot>& snapshot) {
    absl::MutexLock lock(&mu_);
    if (graph_ != nullptr && &graph_->snapshot() == snapshot.get()) {
      return graph_;
    }
    auto graph = std::make_shared<const TrustGraph>(snapshot);
    if (registry_.snapshot() == snapshot) graph_ = graph;
    return graph;
  }

  // Lets go of the generation that was in force.  To be called once another one
  // is.
  void Forget() {
    absl::MutexLock lock(&mu_);
    graph_ = nullptr;
  }

 private:
  const Registry& registry_;
  absl::Mutex mu_;
  std::shared_ptr<const TrustGraph> graph_ ABSL_GUARDED_BY(mu_);
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_CONSOLE_LATEST_GRAPH_H_
