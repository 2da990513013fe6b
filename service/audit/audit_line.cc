#include "service/audit/audit_line.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "service/base/redact.h"

namespace rolegate::service {
namespace {

constexpr absl::string_view kNoArn = "[no ARN]";

}  // namespace

void AuditLine::Text(absl::string_view key, absl::string_view value) {
  if (value.empty() || !Wants(key)) return;
  if (HoldsSecret(value)) {
    out_.Text(key, Redact(value));
  } else {
    out_.Text(key, value);
  }
}

void AuditLine::Arn(absl::string_view key, absl::string_view value) {
  Text(key, value.empty() || absl::StartsWith(value, "arn:") ? value : kNoArn);
}

void AuditLine::Context(absl::string_view key, const AuditContext& context) {
  if (context.empty()) return;
  Object(key);
  context.ForEach([this](absl::string_view name, absl::string_view values) {
    if (Wants(name)) out_.JsonOfAnyKey(name, values);
  });
  End();
}

void AuditLine::Object(absl::string_view key) {
  if (!masks_.empty()) {
    const bool masked = IsMasked(key);
    path_.push_back(key);
    if (masked) {
      ++left_out_;
      return;
    }
  }
  out_.Object(key);
}

void AuditLine::End() {
  if (!masks_.empty()) {
    path_.pop_back();
    if (left_out_ > 0) {
      --left_out_;
      return;
    }
  }
  out_.End();
}

void AuditLine::Finish() {
  if (!applied_.empty()) {
    std::string list;
    for (const std::size_t mask : applied_) {
      list += list.empty() ? '[' : ',';
      AppendJsonString(masks_.texts()[mask], &list);
    }
    out_.Json("masked", list + "]");
  }
  out_.Finish();
}

bool AuditLine::IsMasked(absl::string_view key) {
  if (left_out_ > 0) return true;
  const std::size_t mask = masks_.Find(path_, key);
  if (mask == AuditMasks::npos) return false;
  if (std::find(applied_.begin(), applied_.end(), mask) == applied_.end()) {
    applied_.push_back(mask);
  }
  return true;
}

}  // namespace rolegate::service
