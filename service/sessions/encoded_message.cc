#include "service/sessions/encoded_message.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "engine/program/policy.h"
#include "service/base/json_line.h"
#include "service/base/redact.h"

namespace rolegate::service {
namespace {

// Eight bytes with the time, JSON, and spaces up to one of these sizes.
constexpr std::size_t kFixedBytes = 2048;
constexpr std::size_t kStepBytes = 512;
constexpr std::size_t kMaxBytes = 7168;
constexpr std::size_t kTimeBytes = 8;

// Names are cut to the first, and to the second where that is too much.
constexpr std::size_t kLongNames = 512;
constexpr std::size_t kShortNames = 24;

std::string PurposeFor(absl::string_view issuer) {
  return absl::StrCat("rolegate authorization message ", issuer);
}

// AWS nests every list in an object: {"items": [...]}.
class RefusalWriter {
 public:
  RefusalWriter(const RefusalRecord& record, std::size_t max_name)
      : record_(record), max_name_(max_name) {}

  std::string Write(std::size_t max_bytes) && {
    const Decision* const decision = record_.decision;
    const bool explicit_deny =
        decision != nullptr && decision->verdict == Verdict::kExplicitDeny;
    absl::StrAppend(&out_, R"({"allowed":false,"explicitDeny":)",
                    explicit_deny ? "true" : "false");
    out_ += R"(,"matchedStatements":{"items":[)";
    if (decision != nullptr) AddStatements(*decision);
    out_ += R"(]},"failures":{"items":[)";
    if (decision != nullptr) AddFailures(*decision);
    out_ += R"(]},"context":{"principal":{)";
    Text("id", record_.principal_id);
    Text("arn", record_.principal_arn);
    out_ += '}';
    Text("action", record_.action);
    Text("resource", record_.resource);
    out_ += R"(,"conditions":{"items":[)";
    std::string rest = RestAsJson();
    AddConditions(max_bytes, rest.size());
    return std::move(out_) + rest;
  }

 private:
  // Returns the part after the conditions, which take the room that is left.
  std::string RestAsJson() {
    const std::size_t begin = out_.size();
    out_ += "]}}";
    if (record_.decision != nullptr) AddLayers(*record_.decision);
    Text("reason", record_.reason);
    Text("caller", record_.caller);
    Text("time", FormatTimestamp(record_.time));
    Text("decisionId", record_.decision_id);
    Text("registryRevision", record_.registry_revision);
    out_ += '}';
    std::string rest = out_.substr(begin);
    out_.resize(begin);
    return rest;
  }

  // A member of an object; its comma, too.
  void Text(absl::string_view key, absl::string_view value) {
    if (out_.back() != '{') out_ += ',';
    absl::StrAppend(&out_, "\"", key, "\":");
    AppendJsonString(Redact(value.substr(0, max_name_)), &out_);
  }

  void NextItem() {
    if (out_.back() != '[') out_ += ',';
  }

  void AddStatements(const Decision& decision) {
    for (std::size_t i = 0; i < kLayerCount; ++i) {
      const LayerOutcome& layer = decision.layers[i];
      if (!layer.present || !layer.deciding) continue;
      const Policy& policy = *layer.deciding.policy;
      NextItem();
      out_ += '{';
      Text("statementId", layer.deciding.view().sid());
      Text("effect",
           layer.verdict == Verdict::kExplicitDeny ? "DENY" : "ALLOW");
      Text("layer", LayerName(static_cast<Layer>(i)));
      Text("policy", policy.name());
      Text("file", policy.file());
      absl::StrAppend(&out_, R"(,"statementIndex":)", layer.deciding.index,
                      "}");
    }
  }

  void AddFailures(const Decision& decision) {
    for (std::size_t i = 0; i < kLayerCount; ++i) {
      const LayerOutcome& layer = decision.layers[i];
      if (!layer.present || layer.verdict == Verdict::kAllow) continue;
      NextItem();
      out_ += '{';
      Text("layer", LayerName(static_cast<Layer>(i)));
      Text("decision", VerdictName(layer.verdict));
      out_ += '}';
    }
  }

  void AddLayers(const Decision& decision) {
    out_ += R"(,"layers":{)";
    for (std::size_t i = 0; i < kLayerCount; ++i) {
      if (!decision.layers[i].present) continue;
      Text(LayerName(static_cast<Layer>(i)),
           VerdictName(decision.layers[i].verdict));
    }
    out_ += '}';
  }

  void AddConditions(std::size_t max_bytes, std::size_t rest) {
    bool full = false;
    record_.conditions([&](absl::string_view key, const ContextValues& values) {
      if (full) return;
      const std::size_t before = out_.size();
      NextItem();
      out_ += '{';
      Text("key", key);
      out_ += R"(,"values":{"items":[)";
      for (absl::string_view value : values) {
        NextItem();
        out_ += '{';
        Text("value", value);
        out_ += '}';
        if (out_.size() > max_bytes) break;
      }
      out_ += "]}}";
      full = out_.size() + rest > max_bytes;
      if (full) out_.resize(before);
    });
  }

  const RefusalRecord& record_;
  const std::size_t max_name_;
  std::string out_;
};

}  // namespace

std::string RefusalAsJson(const RefusalRecord& record, std::size_t max_bytes) {
  std::string json = RefusalWriter(record, kLongNames).Write(max_bytes);
  if (json.size() > max_bytes) {
    json = RefusalWriter(record, kShortNames).Write(max_bytes);
  }
  return json.size() > max_bytes ? R"({"allowed":false})" : json;
}

std::string SealRefusal(const RefusalRecord& record, RefusalSize size,
                        const SealingKeys& keys, absl::string_view issuer) {
  const bool fixed = size == RefusalSize::kFixed;
  std::string text;
  text.reserve(kFixedBytes);
  const auto seconds =
      static_cast<std::uint64_t>(absl::ToUnixSeconds(record.time));
  for (int shift = 56; shift >= 0; shift -= 8) {
    text.push_back(static_cast<char>(seconds >> shift & 0xff));
  }
  text += RefusalAsJson(record, (fixed ? kFixedBytes : kMaxBytes) - kTimeBytes);
  const std::size_t steps = (text.size() + kStepBytes - 1) / kStepBytes;
  text.resize(fixed ? kFixedBytes : steps * kStepBytes, ' ');
  return keys.Seal(text, PurposeFor(issuer));
}

Result<std::string> OpenRefusal(absl::string_view message,
                                const SealingKeys& keys,
                                absl::string_view issuer, absl::Time now) {
  const auto invalid = [](absl::string_view fault) {
    return ApiError{ErrorCode::kInvalidAuthorizationMessageException,
                    absl::StrCat("the authorization message ", fault),
                    {}};
  };
  std::optional<std::string> text = keys.Open(message, PurposeFor(issuer));
  if (!text || text->size() < kTimeBytes) return invalid("is not valid");
  std::uint64_t seconds = 0;
  for (std::size_t i = 0; i < kTimeBytes; ++i) {
    seconds = seconds << 8 | static_cast<unsigned char>((*text)[i]);
  }
  if (now - absl::FromUnixSeconds(static_cast<std::int64_t>(seconds)) >=
      kSealedFor) {
    return invalid("has expired");
  }
  return std::string(
      absl::StripTrailingAsciiWhitespace(text->substr(kTimeBytes)));
}

}  // namespace rolegate::service
