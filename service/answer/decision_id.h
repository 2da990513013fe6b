// Names for decisions: what a caller quotes and an audit log holds.

#ifndef ROLEGATE_SERVICE_ANSWER_DECISION_ID_H_
#define ROLEGATE_SERVICE_ANSWER_DECISION_ID_H_

#include <atomic>
#include <cstdint>
#include <string>

#include "absl/time/time.h"

namespace rolegate::service {

// Makes ULIDs: 26 characters of Crockford's Base32 that sort by time.  The 80
// bits after the milliseconds are 40 random ones of the generator's life and a
// 40-bit counter that starts at random, so that one process cannot repeat one
// within a millisecond and two processes do so with odds below one in 2^80
// for a pair.  An identifier is a name and no secret.  Thread-safe, lock-free.
class DecisionIdGenerator {
 public:
  DecisionIdGenerator();

  DecisionIdGenerator(const DecisionIdGenerator&) = delete;
  DecisionIdGenerator& operator=(const DecisionIdGenerator&) = delete;

  // Puts the next one in the place of `id`.
  void Next(absl::Time now, std::string* id);

 private:
  std::uint64_t process_;  // 40 bits
  std::atomic<std::uint64_t> counter_;
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_ANSWER_DECISION_ID_H_
