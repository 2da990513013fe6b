// The trust graph as JSON.

#ifndef ROLEGATE_SERVICE_CONSOLE_TRUST_JSON_H_
#define ROLEGATE_SERVICE_CONSOLE_TRUST_JSON_H_

#include <cstddef>
#include <vector>

#include "absl/strings/string_view.h"
#include "engine/registry/trust_graph.h"
#include "service/console/json_writer.h"

namespace rolegate::service {

// How much of conditions and lists an answer has room for: what authors write
// may be a thousand times larger than what anybody reads.
class TextRoom {
 public:
  explicit TextRoom(std::size_t bytes) : left_(bytes) {}

  // Whether there was room for the text.
  bool Take(absl::string_view text) {
    const bool fits = text.size() <= left_;
    left_ = fits ? left_ - text.size() : 0;
    return fits;
  }

 private:
  std::size_t left_;
};

// A statement: `index`, `line`, `sid`, `effect`, `not_principal`,
// `principals`, `not_action`, `actions`, `conditions`, and how many entries of
// each list are left out.
void WriteTrustStatement(const TrustStatement& statement, TextRoom* room,
                         JsonWriter* writer);

// An edge: the role's ARN, the principal and what is known of it.
void WriteTrustEdge(const TrustEdge& edge, JsonWriter* writer);

// `nodes`, `links` and `statements`, to which the links refer by number.
void WriteNeighbourhood(const TrustNeighbourhood& found, TextRoom* room,
                        JsonWriter* writer);

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_CONSOLE_TRUST_JSON_H_
