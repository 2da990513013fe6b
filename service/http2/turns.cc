#include "service/http2/turns.h"

#include <string>
#include <utility>

namespace rolegate::service::http2 {

void Turn::Leave() {
  if (Turns* const turns = std::exchange(turns_, nullptr)) {
    turns->waiting_.Remove(this);
  }
}

void Turns::Await(Turn* turn, absl::string_view peer) {
  turn->turns_ = this;
  waiting_.Push(turn, {std::string(peer), "one at that address"});
  PostNext();
}

void Turns::PostNext() {
  if (waiting_.empty() || std::exchange(posted_, true)) return;
  post_([this] {
    posted_ = false;
    auto* const turn = static_cast<Turn*>(waiting_.Pop());
    PostNext();
    if (turn == nullptr) return;  // it left
    turn->turns_ = nullptr;
    turn->OnTurn();
  });
}

}  // namespace rolegate::service::http2
