#include "service/context_translation.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "engine/text.h"

namespace rolegate::service {
namespace {

StsError Invalid(absl::string_view field, std::string message) {
  return {"ValidationError", message, {{std::string(field), message}}};
}

}  // namespace

std::optional<StsError> ContextTranslation::Count(
    const std::string& key, const v1::ContextValues& values) {
  ++counts_.keys;
  counts_.values += static_cast<std::uint64_t>(values.values_size());
  counts_.bytes += key.size();
  for (const std::string& value : values.values()) {
    counts_.bytes += value.size();
  }
  const auto over = [](absl::string_view what, std::uint64_t limit) {
    return StsError{"ValidationError",
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

std::optional<StsError> ContextTranslation::Add(const ContextMap& map,
                                                absl::string_view field,
                                                RequestContext* context) {
  absl::flat_hash_set<std::string> folded;
  for (const auto& [key, values] : map) {
    if (auto error = Count(key, values)) return error;
    const absl::string_view shown = absl::string_view(key).substr(0, 256);
    if (key.empty()) return Invalid(field, "a context key is empty");
    if (HasControlCharacter(key)) {
      return Invalid(field, "a context key has a control character in it");
    }
    if (!folded.insert(absl::AsciiStrToLower(key)).second) {
      return Invalid(field,
                     absl::StrCat("context key `", shown,
                                  "` is there twice, in another letter case"));
    }
    auto& list =
        lists_.emplace_back(values.values().begin(), values.values().end());
    if (std::string wrong = CheckCallerKey(key, list, use_); !wrong.empty()) {
      return Invalid(field, std::move(wrong));
    }
    if (snapshot_ != nullptr && snapshot_->IsProviderKey(key)) {
      return Invalid(field, absl::StrCat("condition key `", shown,
                                         "` is an identity provider's to set"));
    }
    if (list.size() == 1) {
      context->Set(ContextKey(key), list[0]);
    } else {
      context->SetList(ContextKey(key), list);
    }
  }
  return std::nullopt;
}

}  // namespace rolegate::service
