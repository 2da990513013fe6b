// From a request's context to the engine's, checked.

#ifndef ROLEGATE_SERVICE_ANSWER_CONTEXT_TRANSLATION_H_
#define ROLEGATE_SERVICE_ANSWER_CONTEXT_TRANSLATION_H_

#include <cstdint>
#include <list>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "engine/decide/request_context.h"
#include "engine/policy/context_keys.h"
#include "engine/registry/snapshot.h"
#include "engine/sts/result.h"
#include "google/protobuf/map.h"
#include "rolegate/v1/context.pb.h"
#include "service/config/config.h"

namespace rolegate::service {

using ContextMap = google::protobuf::Map<std::string, v1::ContextValues>;

// Translates the maps of one request and keeps what the translation needs.
// Views point into the maps, which must outlive it.
class ContextTranslation {
 public:
  // Keys of the tokens of `snapshot`'s identity providers are theirs to set;
  // null: there are none, or anything may be set.
  ContextTranslation(const ServiceLimits& limits, ContextUse use,
                     const Snapshot* snapshot = nullptr)
      : limits_(limits), use_(use), snapshot_(snapshot) {}

  // Adds a map's keys to `context`, over those that are there.  ValidationError
  // for a key that is not the caller's to set, a value that is not of its
  // type, two keys that differ in letter case only, or one limit too many.
  [[nodiscard]] Refusal Add(const ContextMap& map, absl::string_view field,
                            RequestContext* context);

  // What was added so far is common to many questions; each of them has its
  // own budget besides: EndCommon once, BeginQuestion before each.
  void EndCommon() { common_ = counts_; }
  void BeginQuestion() { counts_ = common_; }

  // The bytes of all keys and values that were added, of every question.
  std::uint64_t total_bytes() const { return total_bytes_; }

 private:
  [[nodiscard]] Refusal Count(const std::string& key,
                              const v1::ContextValues& values);

  const ServiceLimits& limits_;
  const ContextUse use_;
  const Snapshot* const snapshot_;
  struct Counts {
    std::uint64_t keys = 0;
    std::uint64_t values = 0;
    std::uint64_t bytes = 0;
  };
  Counts counts_;
  Counts common_;
  std::uint64_t total_bytes_ = 0;
  std::list<std::vector<absl::string_view>> lists_;  // not of one value
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_ANSWER_CONTEXT_TRANSLATION_H_
