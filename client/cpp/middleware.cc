#include "rolegate/middleware.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <deque>
#include <functional>
#include <iostream>
#include <set>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace rolegate {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

absl::Status Denied(absl::string_view message) {
  return ErrorOf("AccessDenied", absl::StatusCode::kPermissionDenied, message);
}

bool IsNameCharacter(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' ||
         c == '.';
}

// Reports the texts and the placeholders of `text` in their order.
absl::Status EachPart(
    absl::string_view text,
    const std::function<void(absl::string_view)>& on_text,
    const std::function<absl::Status(absl::string_view)>& on_placeholder) {
  while (!text.empty()) {
    const std::size_t open = text.find('{');
    on_text(text.substr(0, open));
    if (open == absl::string_view::npos) return absl::OkStatus();
    const std::size_t close = text.find('}', open);
    if (close == absl::string_view::npos) {
      return absl::InvalidArgumentError(
          absl::StrCat("`", text.substr(open), "` is not closed"));
    }
    const absl::string_view name = text.substr(open + 1, close - open - 1);
    for (const char c : name) {
      if (!IsNameCharacter(c)) {
        return absl::InvalidArgumentError(
            absl::StrCat("`", name, "` is no name of a field"));
      }
    }
    if (name.empty()) {
      return absl::InvalidArgumentError("`{}` names no field");
    }
    if (absl::Status status = on_placeholder(name); !status.ok()) {
      return status;
    }
    text.remove_prefix(close + 1);
  }
  return absl::OkStatus();
}

bool HasPlaceholders(const RpcRule& rule) {
  if (absl::StrContains(rule.resource, '{')) return true;
  for (const auto& [key, value] : rule.context) {
    if (absl::StrContains(value, '{')) return true;
  }
  return false;
}

absl::Status CheckTemplate(absl::string_view text) {
  return EachPart(
      text, [](absl::string_view) {},
      [](absl::string_view) { return absl::OkStatus(); });
}

bool IsMethodPath(absl::string_view rpc) {
  const std::vector<absl::string_view> parts = absl::StrSplit(rpc, '/');
  return parts.size() == 3 && parts[0].empty() && !parts[1].empty() &&
         !parts[2].empty() && !absl::StrContains(parts[1], '*') &&
         (parts[2] == "*" || !absl::StrContains(parts[2], '*'));
}

bool IsAction(absl::string_view action) {
  const std::vector<absl::string_view> parts = absl::StrSplit(action, ':');
  return parts.size() == 2 && !parts[0].empty() && !parts[1].empty() &&
         action.find_first_of("*? \t\r\n{}") == absl::string_view::npos;
}

absl::Status CheckRule(const RpcRule& rule) {
  if (!IsMethodPath(rule.rpc)) {
    return absl::InvalidArgumentError(
        absl::StrCat("rpc is `", rule.rpc,
                     "`, where `/package.Service/Method` or "
                     "`/package.Service/*` is expected"));
  }
  if (rule.is_public) {
    if (rule.action.empty() && rule.resource.empty() && rule.context.empty()) {
      return absl::OkStatus();
    }
    return absl::InvalidArgumentError(
        "a public rule has no action, resource or context");
  }
  if (!IsAction(rule.action)) {
    return absl::InvalidArgumentError(
        absl::StrCat("action is `", rule.action,
                     "`, where `service:Name` without wildcards is expected"));
  }
  if (rule.resource.empty()) {
    return absl::InvalidArgumentError(
        "resource is missing; an action that has none is asked on `*`");
  }
  if (absl::Status status = CheckTemplate(rule.resource); !status.ok()) {
    return status;
  }
  for (const auto& [key, value] : rule.context) {
    if (absl::Status status = CheckTemplate(value); !status.ok()) {
      return status;
    }
  }
  return absl::OkStatus();
}

absl::Status CheckRules(const std::vector<RpcRule>& rules) {
  if (rules.empty()) {
    return absl::InvalidArgumentError(
        "there is no rule, so that every call would be denied");
  }
  std::set<absl::string_view> seen;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    absl::Status status = CheckRule(rules[i]);
    if (status.ok() && !seen.insert(rules[i].rpc).second) {
      status = absl::InvalidArgumentError(
          absl::StrCat("a rule for `", rules[i].rpc, "` stands above it"));
    }
    if (!status.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("rule ", i + 1, ": ", status.message()));
    }
  }
  return absl::OkStatus();
}

bool Matches(const RpcRule& rule, absl::string_view rpc) {
  absl::string_view prefix = rule.rpc;
  if (!absl::ConsumeSuffix(&prefix, "*")) return rpc == rule.rpc;
  return absl::StartsWith(rpc, prefix) && rpc.size() > prefix.size();
}

const RpcRule* FindRule(const std::vector<RpcRule>& rules,
                        absl::string_view rpc) {
  for (const RpcRule& rule : rules) {
    if (Matches(rule, rpc)) return &rule;
  }
  return nullptr;
}

// Control characters of ASCII and of Latin-1, whose UTF-8 begins with 0xC2.
bool HasControlCharacter(absl::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 || byte == 0x7f) return true;
    if (byte == 0xc2 && i + 1 < text.size() &&
        static_cast<unsigned char>(text[i + 1]) < 0xa0) {
      return true;
    }
  }
  return false;
}

absl::StatusOr<std::string> ScalarText(const Message& message,
                                       const FieldDescriptor& field) {
  const Reflection& reflection = *message.GetReflection();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      if (field.type() != FieldDescriptor::TYPE_STRING) break;
      return reflection.GetString(message, &field);
    case FieldDescriptor::CPPTYPE_INT32:
      return absl::StrCat(reflection.GetInt32(message, &field));
    case FieldDescriptor::CPPTYPE_INT64:
      return absl::StrCat(reflection.GetInt64(message, &field));
    case FieldDescriptor::CPPTYPE_UINT32:
      return absl::StrCat(reflection.GetUInt32(message, &field));
    case FieldDescriptor::CPPTYPE_UINT64:
      return absl::StrCat(reflection.GetUInt64(message, &field));
    default:
      break;
  }
  return Denied(absl::StrCat("the field `", field.name(),
                             "` is neither a text nor an integer"));
}

// The text of the field at `path`, "customer.id".
absl::StatusOr<std::string> FieldText(const Message& request,
                                      absl::string_view path) {
  const Message* message = &request;
  const std::vector<std::string> names = absl::StrSplit(path, '.');
  for (std::size_t i = 0; i < names.size(); ++i) {
    const FieldDescriptor* field =
        message->GetDescriptor()->FindFieldByName(names[i]);
    if (field == nullptr || field->is_repeated()) {
      return Denied(
          absl::StrCat("the request has no single field `", path, "`"));
    }
    if (i + 1 == names.size()) {
      absl::StatusOr<std::string> text = ScalarText(*message, *field);
      if (!text.ok()) return text;
      const bool is_set = !field->has_presence() ||
                          message->GetReflection()->HasField(*message, field);
      if (!is_set || text->empty() || HasControlCharacter(*text)) {
        return Denied(absl::StrCat("the field `", path,
                                   "` is empty or has a control character"));
      }
      return text;
    }
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
      return Denied(absl::StrCat("the field `", names[i], "` is no message"));
    }
    message = &message->GetReflection()->GetMessage(*message, field);
  }
  return Denied(absl::StrCat("the request has no field `", path, "`"));
}

absl::StatusOr<std::string> Expand(absl::string_view text,
                                   const Message& request) {
  std::string expanded;
  absl::Status status = EachPart(
      text, [&](absl::string_view part) { absl::StrAppend(&expanded, part); },
      [&](absl::string_view path) {
        absl::StatusOr<std::string> field = FieldText(request, path);
        if (field.ok()) absl::StrAppend(&expanded, *field);
        return field.status();
      });
  if (!status.ok()) return status;
  return expanded;
}

absl::StatusOr<Check> AskAbout(const RpcRule& rule, const Message& request) {
  Check question;
  question.action = rule.action;
  absl::StatusOr<std::string> resource = Expand(rule.resource, request);
  if (!resource.ok()) return resource.status();
  question.resource = *std::move(resource);
  for (const auto& [key, value] : rule.context) {
    absl::StatusOr<std::string> text = Expand(value, request);
    if (!text.ok()) return text.status();
    question.context[key] = {*std::move(text)};
  }
  return question;
}

absl::string_view View(const grpc::string_ref& text) {
  return {text.data(), text.size()};
}

// Whether it may be a token of Rolegate's, which asking is worth.
bool IsTokenText(absl::string_view token) {
  constexpr std::size_t kMaxTokenBytes = std::size_t{6} << 10;
  if (token.size() > kMaxTokenBytes) return false;
  for (const char c : token) {
    if (!absl::ascii_isgraph(static_cast<unsigned char>(c))) return false;
  }
  return true;
}

// The one value of `name`; null if there is none, or more than one.
using Metadata = std::multimap<grpc::string_ref, grpc::string_ref>;
const grpc::string_ref* OnlyValue(const Metadata& metadata,
                                  const std::string& name) {
  if (metadata.count(name) != 1) return nullptr;
  return &metadata.find(name)->second;
}

// What the gate decided, on its way to the handlers: gRPC has no place in a
// call for it.  Each call that the gate lets pass brings one decision here, and
// its handler takes one that was made for the same method and token.  They are
// good for a moment, for a handler that did not ask leaves its own behind.
class Decided {
 public:
  // `key`: the method and the token.
  void Put(std::string key, Authorized authorized) {
    absl::MutexLock lock(&mu_);
    if (waiting_.size() == kMost) waiting_.pop_front();
    waiting_.push_back({std::move(key), absl::Now(), std::move(authorized)});
  }

  std::optional<Authorized> Take(absl::string_view key) {
    absl::MutexLock lock(&mu_);
    const absl::Time oldest = absl::Now() - kAge;
    while (!waiting_.empty() && waiting_.front().at < oldest) {
      waiting_.pop_front();
    }
    const auto found =
        std::find_if(waiting_.begin(), waiting_.end(),
                     [key](const Waiting& each) { return each.key == key; });
    if (found == waiting_.end()) return std::nullopt;
    Authorized authorized = std::move(found->authorized);
    waiting_.erase(found);
    return authorized;
  }

 private:
  struct Waiting {
    std::string key;
    absl::Time at;
    Authorized authorized;
  };

  static constexpr std::size_t kMost = 256;
  static constexpr absl::Duration kAge = absl::Seconds(1);

  absl::Mutex mu_;
  std::deque<Waiting> waiting_ ABSL_GUARDED_BY(mu_);
};

std::string KeyOf(absl::string_view rpc, absl::string_view token) {
  return absl::StrCat(rpc, " ", token);
}

}  // namespace

// A table of rules with who asks.
class RpcGuard::Rules {
 public:
  Rules(Session asker, std::vector<RpcRule> rules, RpcGuardOptions options)
      : asker_(std::move(asker)),
        rules_(std::move(rules)),
        header_(absl::AsciiStrToLower(options.header)),
        on_error_(options.on_error ? std::move(options.on_error) : Log) {}

  const RpcRule* Find(absl::string_view rpc) const {
    return FindRule(rules_, rpc);
  }

  Decided& decided() const { return decided_; }

  // The token that the caller brought.
  absl::StatusOr<std::string> TokenOf(const Metadata& metadata) const {
    const grpc::string_ref* value = OnlyValue(metadata, header_);
    absl::string_view token = value == nullptr ? "" : View(*value);
    if (header_ == "authorization") {
      constexpr absl::string_view kBearer = "bearer ";
      token = absl::StartsWithIgnoreCase(token, kBearer)
                  ? token.substr(kBearer.size())
                  : absl::string_view();
    }
    if (token.empty()) {
      return ErrorOf("MissingAuthenticationToken",
                     absl::StatusCode::kUnauthenticated,
                     absl::StrCat("the call has no session's token in `",
                                  header_, "`, or more than one"));
    }
    if (!IsTokenText(token)) {
      return ErrorOf("InvalidClientTokenId", absl::StatusCode::kUnauthenticated,
                     "the session's token is not good");
    }
    return std::string(token);
  }

  absl::StatusOr<Authorized> Ask(std::string token,
                                 rolegate::Check question) const {
    const Session session = asker_.ForToken(std::move(token));
    absl::StatusOr<Decision> decision =
        session.Authorize(question, /*explain=*/false);
    if (!decision.ok()) return RefusalFor(decision.status());
    if (!decision->allowed) {
      return Denied(absl::StrCat("not authorized to perform `", question.action,
                                 "` (decision ", decision->decision_id, ")"));
    }
    return Authorized{std::move(question.action), std::move(question.resource),
                      *std::move(decision), session};
  }

 private:
  static void Log(const absl::Status& error) {
    std::clog << "rolegate: a call is refused, for Rolegate did not answer: "
              << error.message() << std::endl;
  }

  // What the caller may know of an answer that Rolegate did not give.
  absl::Status RefusalFor(const absl::Status& error) const {
    // Without a token of its own it is this service that nobody knows.
    if (error.code() == absl::StatusCode::kUnauthenticated &&
        ErrorReason(error) != "MissingAuthenticationToken") {
      return ErrorOf(ErrorReason(error), error.code(),
                     "the session's token is not good");
    }
    on_error_(error);
    if (error.code() == absl::StatusCode::kInvalidArgument) {
      return Denied("the question about this call is malformed");
    }
    return ErrorOf("ServiceUnavailable", absl::StatusCode::kUnavailable,
                   "whether the call is allowed cannot be found out now");
  }

  const Session asker_;
  const std::vector<RpcRule> rules_;
  const std::string header_;
  const std::function<void(const absl::Status&)> on_error_;
  mutable Decided decided_;
};

// Refuses calls before their handlers run.
class RpcGuard::MetadataGate : public grpc::AuthMetadataProcessor {
 public:
  explicit MetadataGate(std::shared_ptr<const Rules> rules)
      : rules_(std::move(rules)) {}

  grpc::Status Process(const InputMetadata& metadata, grpc::AuthContext*,
                       OutputMetadata*, OutputMetadata*) override {
    const grpc::string_ref* rpc = OnlyValue(metadata, ":path");
    const RpcRule* rule = rpc == nullptr ? nullptr : rules_->Find(View(*rpc));
    if (rule == nullptr) {
      return RefusalOf(Denied("no rule allows this method"));
    }
    if (rule->is_public) return grpc::Status::OK;
    absl::StatusOr<std::string> token = rules_->TokenOf(metadata);
    if (!token.ok()) return RefusalOf(token.status());
    if (HasPlaceholders(*rule)) return grpc::Status::OK;
    rolegate::Check question{rule->action, rule->resource};
    for (const auto& [key, value] : rule->context) {
      question.context[key] = {value};
    }
    absl::StatusOr<Authorized> authorized =
        rules_->Ask(*token, std::move(question));
    if (!authorized.ok()) return RefusalOf(authorized.status());
    rules_->decided().Put(KeyOf(View(*rpc), *token), *std::move(authorized));
    return grpc::Status::OK;
  }

 private:
  const std::shared_ptr<const Rules> rules_;
};

absl::StatusOr<RpcGuard> RpcGuard::Create(Session asker,
                                          std::vector<RpcRule> rules,
                                          RpcGuardOptions options) {
  if (absl::Status status = CheckRules(rules); !status.ok()) return status;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    if (HasPlaceholders(rules[i]) && !rules[i].checked_by_handler) {
      return absl::InvalidArgumentError(absl::StrCat(
          "rule ", i + 1, ": the gate does not see the request, so that `",
          rules[i].rpc,
          "` needs a handler that begins with RpcGuard::Check; "
          "set `checked_by_handler` once it does"));
    }
  }
  return RpcGuard(std::make_shared<const Rules>(
      std::move(asker), std::move(rules), std::move(options)));
}

absl::StatusOr<Authorized> RpcGuard::Check(
    const grpc::ServerContextBase& context, absl::string_view rpc,
    const Message& request) const {
  const RpcRule* rule = rules_->Find(rpc);
  if (rule == nullptr) return Denied("no rule allows this method");
  if (rule->is_public) return Authorized();
  absl::StatusOr<std::string> token =
      rules_->TokenOf(context.client_metadata());
  if (!token.ok()) return token.status();
  if (auto decided = rules_->decided().Take(KeyOf(rpc, *token))) {
    return *std::move(decided);
  }
  absl::StatusOr<rolegate::Check> question = AskAbout(*rule, request);
  if (!question.ok()) return question.status();
  return rules_->Ask(*std::move(token), *std::move(question));
}

std::shared_ptr<grpc::AuthMetadataProcessor> RpcGuard::Gate() const {
  return std::make_shared<MetadataGate>(rules_);
}

grpc::Status RefusalOf(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  return {static_cast<grpc::StatusCode>(status.code()),
          absl::StrCat(ErrorReason(status), ": ", status.message())};
}

absl::StatusOr<Check> QuestionOf(const std::vector<RpcRule>& rules,
                                 absl::string_view rpc,
                                 const Message& request) {
  if (absl::Status status = CheckRules(rules); !status.ok()) return status;
  const RpcRule* rule = FindRule(rules, rpc);
  if (rule == nullptr) return Denied("no rule allows this method");
  return AskAbout(*rule, request);
}

}  // namespace rolegate
