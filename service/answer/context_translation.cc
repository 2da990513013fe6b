#include "service/answer/context_translation.h"

#include <algorithm>
#include <utility>

#include "absl/container/inlined_vector.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "engine/text/text.h"

namespace rolegate::service {
namespace {

ApiError Invalid(absl::string_view field, std::string message) {
  return {
      ErrorCode::kValidationError, message, {{std::string(field), message}}};
}

}  // namespace

Refusal ContextTranslation::Count(const std::string& key,
                                  const v1::ContextValues& values) {
  ++counts_.keys;
  counts_.values += static_cast<std::uint64_t>(values.values_size());
  std::uint64_t bytes = key.size();
  for (const std::string& value : values.values()) bytes += value.size();
  counts_.bytes += bytes;
  total_bytes_ += bytes;
  const auto over = [](absl::string_view what, std::uint64_t limit) {
    return ApiError{ErrorCode::kValidationError,
                    absl::StrCat("context has more than ", limit, " ", what),
                    {}};
  };
  if (counts_.keys > static_cast<std::uint64_t>(limits_.max_context_keys)) {
    return over("keys", static_cast<std::uint64_t>(limits_.max_context_keys));
  }
  if (counts_.values > static_cast<std::uint64_t>(limits_.max_context_values)) {
    return over("values",
                static_cast<std::uint64_t>(limits_.max_context_values));
  }
  if (counts_.bytes > limits_.max_context_bytes) {
    return over("bytes", limits_.max_context_bytes);
  }
  return std::nullopt;
}

Refusal ContextTranslation::Add(const ContextMap& map, absl::string_view field,
                                RequestContext* context) {
  absl::InlinedVector<ContextKey, 16> seen;
  for (const auto& [name, values] : map) {
    if (auto error = Count(name, values)) return error;
    const absl::string_view shown = absl::string_view(name).substr(0, 256);
    if (name.empty()) return Invalid(field, "a context key is empty");
    if (HasControlCharacter(name)) {
      return Invalid(field, "a context key has a control character in it");
    }
    const ContextKey key(name);
    if (std::find(seen.begin(), seen.end(), key) != seen.end()) {
      return Invalid(field,
                     absl::StrCat("context key `", shown,
                                  "` is there twice, in another letter case"));
    }
    seen.push_back(key);
    const bool single = values.values_size() == 1;
    absl::string_view value;
    absl::Span<const absl::string_view> list;
    if (single) {
      value = values.values(0);
      list = absl::MakeConstSpan(&value, 1);
    } else {
      list =
          lists_.emplace_back(values.values().begin(), values.values().end());
    }
    if (const absl::Status status = CheckCallerKey(key, list, use_);
        !status.ok()) {
      return Invalid(field, std::string(status.message()));
    }
    if (snapshot_ != nullptr && snapshot_->IsProviderKey(name)) {
      return Invalid(field, absl::StrCat("condition key `", shown,
                                         "` is an identity provider's to set"));
    }
    if (single) {
      context->Set(key, value);
    } else {
      context->SetList(key, list);
    }
  }
  return std::nullopt;
}

}  // namespace rolegate::service
