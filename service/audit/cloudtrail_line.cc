#include "service/audit/cloudtrail_line.h"

#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "engine/policy/context_keys.h"
#include "engine/text/arn.h"
#include "service/audit/audit_line.h"
#include "service/base/json_line.h"
#include "service/base/redact.h"

namespace rolegate::service {
namespace {

constexpr absl::string_view kVersion = "1.11";
constexpr absl::string_view kSts = "sts.amazonaws.com";
constexpr absl::string_view kOwnSource = "rolegate";

// The region under which AWS records calls to the endpoint of STS that is of
// none; readers expect one.
constexpr absl::string_view kRegion = "us-east-1";

constexpr absl::string_view kWebIdentity = "sts:AssumeRoleWithWebIdentity";
constexpr absl::string_view kSaml = "sts:AssumeRoleWithSAML";

std::string EventTime(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", time, absl::UTCTimeZone());
}

// `Nov 29, 2026, 1:05:00 PM`, as STS's answers stand in CloudTrail.
std::string ExpirationText(absl::Time time) {
  const absl::CivilSecond civil =
      absl::ToCivilSecond(time, absl::UTCTimeZone());
  const int hour = civil.hour() % 12 == 0 ? 12 : civil.hour() % 12;
  return absl::StrCat(
      absl::FormatTime("%b ", time, absl::UTCTimeZone()), civil.day(),
      absl::FormatTime(", %Y, ", time, absl::UTCTimeZone()), hour,
      absl::FormatTime(":%M:%S ", time, absl::UTCTimeZone()),
      civil.hour() < 12 ? "AM" : "PM");
}

std::string AccountOf(absl::string_view text) {
  const std::optional<Arn> arn = Arn::Parse(text);
  return arn ? std::string(arn->account) : "";
}

// What stands behind the last `/` of an ARN.
absl::string_view NameIn(absl::string_view arn) {
  return arn.substr(arn.rfind('/') + 1);
}

std::string JsonText(absl::string_view text) {
  std::string json;
  AppendJsonString(HoldsSecret(text) ? Redact(text) : std::string(text), &json);
  return json;
}

// A list of one JSON text is that text.
absl::string_view OnlyValue(absl::string_view list) {
  absl::ConsumePrefix(&list, "[");
  absl::ConsumeSuffix(&list, "]");
  return list;
}

// What an event is, by the kind of its record.
struct Event {
  absl::string_view source = kOwnSource;
  std::string name;
  bool is_data = false;
};

Event EventOf(const AuditRecord& record) {
  const std::vector<absl::string_view> action =
      absl::StrSplit(record.action, absl::MaxSplits(':', 1));
  switch (record.kind) {
    case AuditKind::kAssumeRole:
      return {kSts, std::string(action.back())};
    case AuditKind::kAdministration:
      return {kOwnSource, std::string(action.back())};
    case AuditKind::kAuthentication:
      return {kOwnSource, "Authenticate"};
    case AuditKind::kAuthorize:
      return {kOwnSource, "Authorize", true};
    case AuditKind::kBatch:
      return {kOwnSource, "BatchAuthorize", true};
  }
  return {};
}

class CloudTrailLine {
 public:
  CloudTrailLine(const AuditRecord& record, const AuditMasks& masks,
                 std::string* out)
      : record_(record), event_(EventOf(record)), line_(masks, out) {}

  void Append() {
    line_.Word("eventVersion", kVersion);
    Identity();
    line_.Word("eventTime", EventTime(record_.time));
    line_.Word("eventSource", event_.source);
    line_.Text("eventName", event_.name);
    line_.Word("awsRegion", kRegion);
    SourceAddress();
    if (record_.decision != Verdict::kAllow) Error();
    Request();
    Response();
    Additional();
    line_.Text("requestID", record_.decision_id);
    line_.Text("eventID", record_.decision_id);
    line_.Bool("readOnly", true);
    Resources();
    line_.Word("eventType", "AwsApiCall");
    line_.Bool("managementEvent", !event_.is_data);
    line_.Text("recipientAccountId", Recipient());
    line_.Word("eventCategory", event_.is_data ? "Data" : "Management");
    line_.Finish();
  }

 private:
  bool assumes() const { return record_.kind == AuditKind::kAssumeRole; }

  std::string Recipient() const {
    if (!record_.resource_account.empty()) return record_.resource_account;
    std::string account = AccountOf(record_.resource);
    return account.empty() ? AccountOf(record_.caller) : account;
  }

  void Identity() {
    line_.Object("userIdentity");
    if (record_.action == kWebIdentity || record_.action == kSaml) {
      FederatedIdentity();
    } else if (record_.caller.empty()) {
      line_.Word("type", "Unknown");
    } else if (!absl::StartsWith(record_.caller, "arn:")) {
      line_.Word("type", "AWSService");
      line_.Text("invokedBy", record_.caller);
    } else {
      PrincipalIdentity();
    }
    line_.End();
  }

  // `principal` says whom the provider named.
  void FederatedIdentity() {
    const bool web = record_.action == kWebIdentity;
    line_.Word("type", web ? "WebIdentityUser" : "SAMLUser");
    line_.Text("principalId", record_.principal);
    if (web) line_.Text("userName", Subject());
    line_.Text("identityProvider", record_.caller);
  }

  // The provider's prefix and the audience stand before it; a subject may have
  // colons of its own.
  absl::string_view Subject() const {
    const std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(record_.principal, absl::MaxSplits(':', 1));
    const std::size_t audience_end = parts.second.find(':');
    return audience_end == absl::string_view::npos
               ? parts.second
               : parts.second.substr(audience_end + 1);
  }

  void PrincipalIdentity() {
    const bool session = !record_.session.role_arn.empty();
    const bool root = absl::EndsWith(record_.caller, ":root");
    line_.Word("type", session ? "AssumedRole" : root ? "Root" : "IAMUser");
    line_.Text("principalId", record_.user_id);
    line_.Text("arn", record_.caller);
    line_.Text("accountId", AccountOf(record_.caller));
    line_.Text("accessKeyId", record_.session.access_key_id);
    if (session) {
      line_.Object("sessionContext");
      line_.Object("sessionIssuer");
      line_.Word("type", "Role");
      const std::pair<absl::string_view, absl::string_view> id =
          absl::StrSplit(record_.user_id, absl::MaxSplits(':', 1));
      line_.Text("principalId", id.first);
      line_.Text("arn", record_.session.role_arn);
      line_.Text("accountId", AccountOf(record_.session.role_arn));
      line_.Text("userName", NameIn(record_.session.role_arn));
      line_.End();
      line_.End();
    } else if (!root) {
      line_.Text("userName", NameIn(record_.caller));
    }
  }

  // Without the port, which CloudTrail has not; of a Unix socket the process.
  void SourceAddress() {
    absl::string_view address = record_.peer;
    if (absl::ConsumePrefix(&address, "ipv4:")) {
      address = address.substr(0, address.rfind(':'));
    } else if (absl::ConsumePrefix(&address, "ipv6:%5B")) {
      address = address.substr(0, address.find("%5D"));
    }
    line_.Text("sourceIPAddress", address);
  }

  void Error() {
    line_.Text("errorCode", record_.error.has_value()
                                ? ErrorName(*record_.error)
                                : "AccessDenied");
    line_.Text("errorMessage", record_.reason);
  }

  void Request() {
    line_.Object("requestParameters");
    if (assumes()) {
      line_.Arn("roleArn", record_.resource);
      SessionParameters();
    } else {
      line_.Text("principal", record_.principal);
      line_.Text("action", record_.action);
      line_.Text("resource", record_.resource);
      line_.Text("resourceAccount", record_.resource_account);
      line_.Context("context", record_.context);
      line_.Context("commonContext", record_.common_context);
    }
    line_.End();
  }

  // They stand in the record as the condition keys that a trust policy sees.
  void SessionParameters() {
    std::string tags;
    std::string tag_key;
    record_.context.ForEach(
        [&](absl::string_view key, absl::string_view values) {
          if (key == keys::kRoleSessionName.name) {
            line_.Json("roleSessionName", OnlyValue(values));
          } else if (key == keys::kExternalId.name) {
            line_.Json("externalId", OnlyValue(values));
          } else if (key == "sts:SourceIdentity") {
            line_.Json("sourceIdentity", OnlyValue(values));
          } else if (key == "sts:DurationSeconds") {
            absl::string_view number = OnlyValue(values);
            absl::ConsumePrefix(&number, "\"");
            absl::ConsumeSuffix(&number, "\"");
            line_.Json("durationSeconds", number);
          } else if (key == keys::kTransitiveTagKeys.name) {
            line_.Json("transitiveTagKeys", values);
          } else if (absl::ConsumePrefix(&key, keys::kRequestTag.name)) {
            absl::StrAppend(&tags, tags.empty() ? "[" : ",",
                            "{\"key\":", JsonText(key),
                            ",\"value\":", OnlyValue(values), "}");
          }
        });
    if (!tags.empty()) line_.Json("tags", tags + "]");
    line_.Text("policy", record_.issued_policy);
    if (!record_.issued_policy_arns.empty()) {
      std::string arns;
      for (const absl::string_view arn :
           absl::StrSplit(record_.issued_policy_arns, ',')) {
        absl::StrAppend(&arns, arns.empty() ? "[" : ",",
                        "{\"arn\":", JsonText(arn), "}");
      }
      line_.Json("policyArns", arns + "]");
    }
  }

  void Response() {
    if (record_.issued.access_key_id.empty()) {
      line_.Json("responseElements", "null");
      return;
    }
    line_.Object("responseElements");
    line_.Object("credentials");
    line_.Text("accessKeyId", record_.issued.access_key_id);
    line_.Word("expiration", ExpirationText(record_.issued_until));
    line_.End();
    line_.Object("assumedRoleUser");
    line_.Text("assumedRoleId", record_.assumed_role_id);
    line_.Text("arn", record_.assumed_role_arn);
    line_.End();
    line_.Text("sourceIdentity", record_.source_identity);
    line_.End();
  }

  void Additional() {
    line_.Object("additionalEventData");
    line_.Word("kind", AuditKindName(record_.kind));
    AppendDecision(record_, &line_);
    line_.Text("trace_id", record_.trace_id);
    line_.Text("presenter", record_.presenter);
    line_.Text("listener", record_.listener);
    line_.Text("common_context_in", record_.common_context_in);
    AppendMeasure(record_, &line_);
    line_.End();
  }

  void Resources() {
    if (!absl::StartsWith(record_.resource, "arn:")) return;
    const std::string account = Recipient();
    std::string one = absl::StrCat("[{\"ARN\":", JsonText(record_.resource));
    if (!account.empty()) {
      absl::StrAppend(&one, ",\"accountId\":", JsonText(account));
    }
    if (assumes()) one += ",\"type\":\"AWS::IAM::Role\"";
    line_.Json("resources", one + "}]");
  }

  const AuditRecord& record_;
  const Event event_;
  AuditLine line_;
};

}  // namespace

void AppendCloudTrailLine(const AuditRecord& record, const AuditMasks& masks,
                          std::string* out) {
  CloudTrailLine(record, masks, out).Append();
  out->push_back('\n');
}

void AppendCloudTrailLoss(std::uint64_t lost, absl::Time first, absl::Time last,
                          std::string* out) {
  JsonObjectWriter line(out);
  line.Text("eventVersion", kVersion);
  line.Text("eventTime", EventTime(last));
  line.Text("eventSource", kOwnSource);
  line.Text("eventName", "LoseAuditRecords");
  line.Text("awsRegion", kRegion);
  line.Text("eventType", "AwsServiceEvent");
  line.Object("serviceEventDetails");
  line.Uint("lost", lost);
  line.Timestamp("first_lost_at", first);
  line.Timestamp("last_lost_at", last);
  line.End();
  line.Finish();
  out->push_back('\n');
}

absl::Span<const MaskableMember> MaskableCloudTrailMembers() {
  static constexpr MaskableMember kMembers[] = {
      {"userIdentity", true},
      {"sourceIPAddress"},
      {"errorMessage"},
      {"requestParameters", true},
      {"responseElements", true},
      {"additionalEventData", true},
      {"resources"},
  };
  return kMembers;
}

}  // namespace rolegate::service
