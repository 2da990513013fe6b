// The driver of the conformance scenarios; client/conformance/README.md.

#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/strip.h"
#include "absl/synchronization/mutex.h"
#include "rapidjson/document.h"
#include "rapidjson/stringbuffer.h"
#include "rapidjson/writer.h"
#include "rolegate/client.h"
#include "rolegate/session.h"
#include "tests/support/guarded_service.h"

namespace rolegate {
namespace {

using rapidjson::Value;
using Writer = rapidjson::Writer<rapidjson::StringBuffer>;

std::string Text(const Value& request, const char* name) {
  const auto member = request.FindMember(name);
  return member == request.MemberEnd() || !member->value.IsString()
             ? ""
             : member->value.GetString();
}

// A text or a list of them.
std::vector<std::string> Texts(const Value& value) {
  std::vector<std::string> texts;
  if (value.IsString()) texts.emplace_back(value.GetString());
  if (value.IsArray()) {
    for (const Value& each : value.GetArray()) {
      texts.emplace_back(each.GetString());
    }
  }
  return texts;
}

std::vector<std::string> Texts(const Value& request, const char* name) {
  return request.HasMember(name) ? Texts(request[name])
                                 : std::vector<std::string>();
}

ClientContext Context(const Value& request) {
  ClientContext context;
  if (!request.HasMember("context")) return context;
  for (const auto& [key, values] : request["context"].GetObject()) {
    context[key.GetString()] = Texts(values);
  }
  return context;
}

Check CheckOf(const Value& request) {
  return {Text(request, "action"), Text(request, "resource"), Context(request),
          Text(request, "resource_account")};
}

std::vector<Check> ChecksOf(const Value& list) {
  std::vector<Check> checks;
  for (const Value& check : list.GetArray()) checks.push_back(CheckOf(check));
  return checks;
}

// PERMISSION_DENIED, as gRPC's specification spells it.
std::string CodeName(absl::StatusCode code) {
  return absl::StatusCodeToString(code);
}

// The answer to one request, as it is written.
class Answer {
 public:
  Answer() : writer_(buffer_) { writer_.StartObject(); }

  Writer& Ok() {
    writer_.Key("ok");
    writer_.StartObject();
    return writer_;
  }
  std::string Finish() {
    writer_.EndObject();
    writer_.EndObject();
    return buffer_.GetString();
  }

  static std::string Of(const absl::Status& status) {
    Answer answer;
    answer.writer_.Key("error");
    answer.writer_.StartObject();
    answer.Member("name", ErrorReason(status));
    answer.Member("code", CodeName(status.code()));
    answer.Member("message", status.message());
    answer.Member("encoded_message", EncodedMessage(status));
    return answer.Finish();
  }

  void Member(const char* name, absl::string_view text) {
    writer_.Key(name);
    writer_.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
  }
  void Member(const char* name, bool value) {
    writer_.Key(name);
    writer_.Bool(value);
  }
  void Member(const char* name, absl::Time time) {
    writer_.Key(name);
    writer_.Int64(absl::ToUnixSeconds(time));
  }
  void Raw(const char* name, absl::string_view json) {
    writer_.Key(name);
    writer_.RawValue(json.data(), json.size(), rapidjson::kObjectType);
  }

  void Members(const Decision& decision) {
    Member("allowed", decision.allowed);
    Member("explicit", decision.explicit_deny);
    Member("reason", decision.reason);
    Member("decision_id", decision.decision_id);
    Member("registry_revision", decision.registry_revision);
    Member("encoded_message", decision.encoded_message);
    writer_.Key("cacheable_for");
    if (decision.cacheable_for.has_value()) {
      writer_.Double(absl::ToDoubleSeconds(*decision.cacheable_for));
    } else {
      writer_.Null();
    }
    writer_.Key("context_keys_read");
    writer_.StartArray();
    for (const std::string& key : decision.context_keys_read) {
      writer_.String(key.c_str());
    }
    writer_.EndArray();
    writer_.Key("explanation");
    if (!decision.explanation.has_value()) {
      writer_.Null();
      return;
    }
    writer_.StartObject();
    writer_.Key("matched_statements");
    writer_.StartArray();
    for (const auto& each : decision.explanation->matched_statements()) {
      writer_.StartObject();
      Member("policy", each.policy());
      Member("sid", each.sid());
      Member("layer", absl::AsciiStrToLower(absl::StripPrefix(
                          v1::Layer_Name(each.layer()), "LAYER_")));
      writer_.EndObject();
    }
    writer_.EndArray();
    writer_.Key("missing_context_keys");
    writer_.StartArray();
    for (const auto& key : decision.explanation->missing_context_keys()) {
      writer_.String(key.c_str());
    }
    writer_.EndArray();
    Member("lacking", decision.explanation->lacking());
    writer_.EndObject();
  }

  void List(const char* name, const std::vector<Decision>& decisions) {
    writer_.Key(name);
    List(decisions);
  }
  void List(const std::vector<Decision>& decisions) {
    writer_.StartArray();
    for (const Decision& decision : decisions) {
      writer_.StartObject();
      Members(decision);
      writer_.EndObject();
    }
    writer_.EndArray();
  }

 private:
  rapidjson::StringBuffer buffer_;
  Writer writer_;
};

std::string Done() {
  Answer answer;
  answer.Ok();
  return answer.Finish();
}

// Keeps what the scenario's names stand for.
class Driver {
 public:
  std::string Perform(const Value& request) {
    using Operation = std::string (Driver::*)(const Value&);
    static const auto* const operations = new std::map<std::string, Operation>{
        {"connect", &Driver::Connect},
        {"from_environment", &Driver::FromEnvironment},
        {"assume_role", &Driver::AssumeRole},
        {"assume_role_with_web_identity", &Driver::AssumeRoleWithWebIdentity},
        {"assume_role_with_saml", &Driver::AssumeRoleWithSaml},
        {"for_token", &Driver::ForToken},
        {"credentials", &Driver::GetCredentials},
        {"authorize", &Driver::Authorize},
        {"authorize_many", &Driver::AuthorizeMany},
        {"authorize_stream", &Driver::AuthorizeInStream},
        {"is_allowed", &Driver::IsAllowed},
        {"get_caller_identity", &Driver::GetCallerIdentity},
        {"get_signing_keys", &Driver::GetSigningKeys},
        {"decode_authorization_message", &Driver::Decode},
        {"verify_session", &Driver::Verify},
        {"watch", &Driver::OpenWatch},
        {"next_revision", &Driver::NextRevision},
        {"repeat", &Driver::Repeat},
        {"frameworks", &Driver::Frameworks},
        {"serve", &Driver::Serve},
        {"stop_serving", &Driver::StopServing},
        {"close", &Driver::Close}};
    const auto found = operations->find(Text(request, "do"));
    if (found == operations->end()) {
      return Answer::Of(ErrorOf("UnknownOperation",
                                absl::StatusCode::kUnimplemented,
                                Text(request, "do")));
    }
    return (this->*found->second)(request);
  }

 private:
  const Client& ClientOf(const Value& request) {
    absl::MutexLock lock(&mu_);
    return clients_.at(Text(request, "client"));
  }
  Session SessionOf(const Value& request) {
    if (!request.HasMember("session")) {
      return Session::OfCaller(ClientOf(request));
    }
    absl::MutexLock lock(&mu_);
    return sessions_.at(Text(request, "session"));
  }

  std::string Connect(const Value& request) {
    ClientOptions options;
    options.server = Text(request, "target");
    options.tls_ca = Text(request, "ca");
    options.tls_cert = Text(request, "cert");
    options.tls_key = Text(request, "key");
    options.principal = Text(request, "principal");
    options.session_token = Text(request, "session_token");
    if (request.HasMember("plaintext")) {
      options.plaintext = request["plaintext"].GetBool();
    }
    if (request.HasMember("timeout")) {
      options.deadline = absl::Seconds(request["timeout"].GetDouble());
    }
    absl::StatusOr<Client> client = Client::Connect(options);
    if (!client.ok()) return Answer::Of(client.status());
    absl::MutexLock lock(&mu_);
    clients_.insert_or_assign(Text(request, "client"), *std::move(client));
    return Done();
  }

  std::string FromEnvironment(const Value& request) {
    absl::StatusOr<Session> session = Session::FromEnvironment();
    if (!session.ok()) return Answer::Of(session.status());
    absl::MutexLock lock(&mu_);
    clients_.insert_or_assign(Text(request, "client"), session->client());
    sessions_.insert_or_assign(Text(request, "session"), *std::move(session));
    return Done();
  }

  template <typename Request>
  static Request Common(const Value& from) {
    Request request;
    request.set_role_arn(Text(from, "role_arn"));
    if (from.HasMember("duration_seconds")) {
      request.set_duration_seconds(from["duration_seconds"].GetInt());
    }
    if (from.HasMember("policy")) request.set_policy(Text(from, "policy"));
    for (const std::string& arn : Texts(from, "policy_arns")) {
      request.add_policy_arns(arn);
    }
    return request;
  }
  static RenewalOptions Renewal(const Value& from) {
    RenewalOptions renewal;
    if (from.HasMember("renew_before")) {
      renewal.renew_before = absl::Seconds(from["renew_before"].GetDouble());
    }
    return renewal;
  }

  std::string Keep(const Value& request, absl::StatusOr<Session> session) {
    if (!session.ok()) return Answer::Of(session.status());
    {
      absl::MutexLock lock(&mu_);
      sessions_.insert_or_assign(Text(request, "session"), *std::move(session));
    }
    return GetCredentials(request);
  }

  std::string AssumeRole(const Value& from) {
    auto request = Common<v1::AssumeRoleRequest>(from);
    request.set_role_session_name(Text(from, "role_session_name"));
    if (from.HasMember("tags")) {
      for (const auto& [key, value] : from["tags"].GetObject()) {
        auto& tag = *request.add_tags();
        tag.set_key(key.GetString());
        tag.set_value(value.GetString());
      }
    }
    for (const std::string& key : Texts(from, "transitive_tag_keys")) {
      request.add_transitive_tag_keys(key);
    }
    if (from.HasMember("external_id")) {
      request.set_external_id(Text(from, "external_id"));
    }
    if (from.HasMember("source_identity")) {
      request.set_source_identity(Text(from, "source_identity"));
    }
    if (from.HasMember("serial_number")) {
      request.set_serial_number(Text(from, "serial_number"));
      request.set_token_code(Text(from, "token_code"));
    }
    return Keep(from,
                Session::AssumeRole(ClientOf(from), request, Renewal(from)));
  }

  std::string AssumeRoleWithWebIdentity(const Value& from) {
    auto request = Common<v1::AssumeRoleWithWebIdentityRequest>(from);
    request.set_role_session_name(Text(from, "role_session_name"));
    request.set_web_identity_token(Text(from, "web_identity_token"));
    return Keep(from,
                Session::AssumeRoleWithWebIdentity(
                    ClientOf(from), request,
                    Text(from, "web_identity_token_file"), Renewal(from)));
  }

  std::string AssumeRoleWithSaml(const Value& from) {
    auto request = Common<v1::AssumeRoleWithSAMLRequest>(from);
    request.set_principal_arn(Text(from, "principal_arn"));
    request.set_saml_assertion(Text(from, "saml_assertion"));
    return Keep(from, Session::AssumeRoleWithSAML(ClientOf(from), request,
                                                  Renewal(from)));
  }

  std::string ForToken(const Value& request) {
    Session session =
        Session::ForToken(ClientOf(request), Text(request, "token"));
    absl::MutexLock lock(&mu_);
    sessions_.insert_or_assign(Text(request, "session"), std::move(session));
    return Done();
  }

  std::string GetCredentials(const Value& request) {
    const auto credentials = SessionOf(request).GetCredentials();
    if (!credentials.ok()) return Answer::Of(credentials.status());
    Answer answer;
    answer.Ok();
    answer.Member("arn", credentials->arn);
    answer.Member("access_key_id", credentials->access_key_id);
    answer.Member("session_token", credentials->session_token);
    answer.Member("expires_at", credentials->expires_at);
    return answer.Finish();
  }

  std::string Authorize(const Value& request) {
    const bool explain =
        request.HasMember("explain") && request["explain"].GetBool();
    const auto decision =
        SessionOf(request).Authorize(CheckOf(request), explain);
    if (!decision.ok()) return Answer::Of(decision.status());
    Answer answer;
    answer.Ok();
    answer.Members(*decision);
    return answer.Finish();
  }

  std::string AuthorizeMany(const Value& request) {
    const auto decisions = SessionOf(request).AuthorizeMany(
        ChecksOf(request["checks"]), Context(request));
    if (!decisions.ok()) return Answer::Of(decisions.status());
    Answer answer;
    answer.Ok();
    answer.List("decisions", *decisions);
    return answer.Finish();
  }

  std::string AuthorizeInStream(const Value& request) {
    const Session session = SessionOf(request);
    auto stream = session.OpenAuthorizeStream();
    if (!stream.ok()) return Answer::Of(stream.status());
    std::uint64_t number = 0;
    for (const Value& batch : request["batches"].GetArray()) {
      v1::AuthorizeStreamRequest message;
      message.set_correlation_id(number++);
      *message.mutable_batch() = session.Batch(ChecksOf(batch));
      if (!(*stream)->Write(message)) break;
    }
    (*stream)->WritesDone();
    Answer answer;
    Writer& writer = answer.Ok();
    writer.Key("batches");
    writer.StartArray();
    v1::AuthorizeStreamResponse response;
    while ((*stream)->Read(&response)) {
      answer.List(DecisionsOf(response.batch()));
    }
    writer.EndArray();
    const absl::Status status = (*stream)->Finish();
    return status.ok() ? answer.Finish() : Answer::Of(status);
  }

  std::string IsAllowed(const Value& request) {
    absl::Status error;
    const bool allowed = SessionOf(request).IsAllowed(Text(request, "action"),
                                                      Text(request, "resource"),
                                                      Context(request), &error);
    const std::string name = error.ok() ? ""
                             : ErrorReason(error).empty()
                                 ? CodeName(error.code())
                                 : ErrorReason(error);
    Answer answer;
    answer.Ok();
    answer.Member("allowed", allowed);
    answer.Member("error", name);
    return answer.Finish();
  }

  std::string GetCallerIdentity(const Value& request) {
    const auto identity = SessionOf(request).GetCallerIdentity();
    if (!identity.ok()) return Answer::Of(identity.status());
    Answer answer;
    answer.Ok();
    answer.Member("account", identity->account());
    answer.Member("arn", identity->arn());
    answer.Member("user_id", identity->user_id());
    return answer.Finish();
  }

  std::string GetSigningKeys(const Value& request) {
    const auto keys = ClientOf(request).GetSigningKeys();
    if (!keys.ok()) return Answer::Of(keys.status());
    Answer answer;
    answer.Ok();
    answer.Member("jwks", keys->jwks());
    return answer.Finish();
  }

  std::string Decode(const Value& request) {
    const auto record = ClientOf(request).DecodeAuthorizationMessage(
        Text(request, "encoded_message"));
    if (!record.ok()) return Answer::Of(record.status());
    Answer answer;
    answer.Ok();
    answer.Raw("message", record->decoded_message());
    return answer.Finish();
  }

  std::string Verify(const Value& request) {
    const auto session =
        VerifySession(Text(request, "token"), Text(request, "jwks"),
                      Text(request, "issuer"), Text(request, "audience"));
    if (!session.ok()) return Answer::Of(session.status());
    Answer answer;
    Writer& writer = answer.Ok();
    answer.Member("arn", session->arn);
    answer.Member("role_arn", session->role_arn);
    answer.Member("role_session_name", session->role_session_name);
    answer.Member("access_key_id", session->access_key_id);
    answer.Member("expires_at", session->expires_at);
    answer.Member("source_identity", session->source_identity);
    writer.Key("tags");
    writer.StartObject();
    for (const auto& [key, value] : session->tags) {
      answer.Member(key.c_str(), value);
    }
    writer.EndObject();
    return answer.Finish();
  }

  std::string OpenWatch(const Value& request) {
    watches_[Text(request, "watch")] =
        SessionOf(request).client().WatchRegistry();
    return Done();
  }

  std::string NextRevision(const Value& request) {
    RegistryWatch& watch = *watches_.at(Text(request, "watch"));
    v1::WatchResponse response;
    if (!watch.Read(&response)) return Answer::Of(watch.Finish());
    Answer answer;
    answer.Ok();
    answer.Member("revision", response.revision());
    return answer.Finish();
  }

  std::string Repeat(const Value& request) {
    const auto times = static_cast<std::size_t>(request["times"].GetInt());
    const Value& each = request["request"];
    std::vector<std::string> answers(times);
    if (request["at_once"].GetBool()) {
      std::vector<std::thread> threads;
      for (std::string& answer : answers) {
        threads.emplace_back([&] { answer = Perform(each); });
      }
      for (std::thread& thread : threads) thread.join();
    } else {
      for (std::string& answer : answers) answer = Perform(each);
    }
    Answer answer;
    Writer& writer = answer.Ok();
    writer.Key("answers");
    writer.StartArray();
    for (const std::string& each_answer : answers) {
      writer.RawValue(each_answer.data(), each_answer.size(),
                      rapidjson::kObjectType);
    }
    writer.EndArray();
    return answer.Finish();
  }

  std::string Frameworks(const Value&) {
    Answer answer;
    Writer& writer = answer.Ok();
    for (const char* kind : {"grpc", "sees_messages"}) {
      writer.Key(kind);
      writer.StartArray();
      writer.String("grpc++");
      writer.EndArray();
    }
    return answer.Finish();
  }

  std::string Serve(const Value& request) {
    std::vector<RpcRule> rules;
    for (const Value& each : request["rules"].GetArray()) {
      RpcRule& rule = rules.emplace_back();
      rule.rpc = Text(each, "rpc");
      rule.action = Text(each, "action");
      rule.resource = Text(each, "resource");
      rule.checked_by_handler = true;
      rule.is_public = each.HasMember("public") && each["public"].GetBool();
      if (!each.HasMember("context")) continue;
      for (const auto& [key, value] : each["context"].GetObject()) {
        rule.context[key.GetString()] = value.GetString();
      }
    }
    RpcGuardOptions options;
    if (request.HasMember("header")) options.header = Text(request, "header");
    auto service = testing::GuardedService::Start(
        SessionOf(request), std::move(rules), std::move(options));
    if (!service.ok()) return Answer::Of(service.status());
    Answer answer;
    answer.Ok();
    answer.Member("address", (*service)->address());
    absl::MutexLock lock(&mu_);
    services_[Text(request, "server")] = *std::move(service);
    return answer.Finish();
  }

  std::string StopServing(const Value& request) {
    absl::MutexLock lock(&mu_);
    const auto found = services_.find(Text(request, "server"));
    Answer answer;
    Writer& writer = answer.Ok();
    writer.Key("handled");
    writer.Int(found->second->handled());
    services_.erase(found);
    return answer.Finish();
  }

  std::string Close(const Value& request) {
    absl::MutexLock lock(&mu_);
    clients_.erase(Text(request, "client"));
    return Done();
  }

  absl::Mutex mu_;
  std::map<std::string, Client> clients_;
  std::map<std::string, Session> sessions_;
  std::map<std::string, std::unique_ptr<RegistryWatch>> watches_;
  std::map<std::string, std::unique_ptr<testing::GuardedService>> services_;
};

int Main() {
  Driver driver;
  for (std::string line; std::getline(std::cin, line);) {
    rapidjson::Document request;
    request.Parse(line.c_str());
    std::cout << driver.Perform(request) << std::endl;
  }
  return 0;
}

}  // namespace
}  // namespace rolegate

int main() { return rolegate::Main(); }
