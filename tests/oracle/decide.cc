// How the kinds of policy combine.  AWS: "Policy evaluation logic" and
// "Cross-account policy evaluation logic", IAM User Guide.

#include <algorithm>
#include <cctype>
#include <set>
#include <string>

#include "tests/oracle/question.h"
#include "tests/oracle/values.h"

namespace rolegate_oracle {
namespace {

using Documents = std::vector<const Json*>;

Caller ReadCaller(const Json& request) {
  Caller caller;
  const Json& principal = request["principal"];
  if (principal.IsString()) return caller;
  const auto& member = *principal.MemberBegin();
  const std::string type = member.name.GetString();
  caller.name = member.value.GetString();
  if (type == "Service") caller.kind = Caller::kService;
  if (type == "Federated") caller.kind = Caller::kFederated;
  if (type != "AWS") return caller;
  const auto parts = Split(caller.name, ':', 6);
  caller.account = parts.size() == 6 ? parts[4] : caller.name;
  const std::string last = parts.back();
  if (parts.size() == 1 || last == "root") {
    caller.kind = Caller::kRoot;
  } else if (StartsWith(last, "user/")) {
    caller.kind = Caller::kUser;
  } else if (StartsWith(last, "federated-user/")) {
    caller.kind = Caller::kFederatedUser;
  } else {
    caller.kind = Caller::kRoleSession;
    caller.role = request.HasMember("session_of")
                      ? request["session_of"].GetString()
                      : "arn:" + parts[1] + ":iam::" + caller.account +
                            ":role/" + Split(last, '/', 3)[1];
  }
  return caller;
}

Question ReadQuestion(const Json& request) {
  Question question;
  question.caller = ReadCaller(request);
  question.action = request["action"].GetString();
  question.resource = request["resource"].GetString();
  const auto parts = Split(question.resource, ':', 6);
  if (request.HasMember("resource_account")) {
    question.resource_account = request["resource_account"].GetString();
  } else if (parts.size() == 6 && !parts[4].empty()) {
    question.resource_account = parts[4];
  } else {
    question.resource_account = question.caller.account;
  }
  if (request.HasMember("context")) {
    for (const auto& key : request["context"].GetObject()) {
      question.context[Lower(key.name.GetString())] = TextsOf(key.value);
    }
  }
  return question;
}

bool IsTrust(const Question& question) {
  static const std::set<std::string> kActions = {
      "sts:assumerole", "sts:assumerolewithsaml",
      "sts:assumerolewithwebidentity", "sts:tagsession",
      "sts:setsourceidentity"};
  const auto parts = Split(question.resource, ':', 6);
  return kActions.count(Lower(question.action)) > 0 && parts.size() == 6 &&
         parts[2] == "iam" && StartsWith(parts[5], "role/");
}

const Json& DocumentOf(const Json& policy) {
  return policy.IsObject() && policy.HasMember("document") ? policy["document"]
                                                           : policy;
}

// The case's policies of one kind.  Absent and empty differ.
struct Given {
  bool present = false;
  std::vector<Documents> levels = {{}};

  const Documents& all() const { return levels.front(); }
};

class Case {
 public:
  explicit Case(const Json& json)
      : question_(ReadQuestion(json["request"])),
        trust_(IsTrust(question_)),
        policies_(json.HasMember("policies") ? &json["policies"] : nullptr) {
    identity_ = Read("identity", Kind::kIdentity);
    boundary_ = Read("boundary", Kind::kIdentity);
    session_ = Read("session", Kind::kSession);
    resource_ = Read("resource", trust_ ? Kind::kTrust : Kind::kResource);
    scps_ = ReadLevels("scps", Kind::kScp);
    rcps_ = ReadLevels("rcps", Kind::kRcp);
  }

  std::string Decide() {
    if (!valid_) return "INVALID";
    const auto kind = question_.caller.kind;
    const bool has_identity = kind == Caller::kRoot || kind == Caller::kUser ||
                              kind == Caller::kRoleSession ||
                              kind == Caller::kFederatedUser;
    if (!has_identity) identity_ = boundary_ = session_ = scps_ = Given();

    const Said identity = Asks(identity_.all(), Kind::kIdentity);
    const Said boundary = Asks(boundary_.all(), Kind::kIdentity);
    const Said session = Asks(session_.all(), Kind::kSession);
    const Said resource =
        Asks(resource_.all(), trust_ ? Kind::kTrust : Kind::kResource);
    bool denied =
        identity.deny || boundary.deny || session.deny || resource.deny;
    bool scps_allow = true;
    for (const Documents& level : scps_.levels) {
      if (!scps_.present) break;
      const Said said = Asks(level, Kind::kScp);
      denied |= said.deny;
      scps_allow &= said.allow;
    }
    for (const Documents& level : rcps_.levels) {
      denied |= Asks(level, Kind::kRcp).deny;
    }

    if (denied) return "EXPLICIT_DENY";
    if (!scps_allow) return "IMPLICIT_DENY";
    const bool limits_allow = (!boundary_.present || boundary.allow) &&
                              (!session_.present || session.allow);
    return Allowed(identity, resource, limits_allow) ? "ALLOW"
                                                     : "IMPLICIT_DENY";
  }

 private:
  bool Allowed(const Said& identity, const Said& resource,
               bool limits_allow) const {
    const bool same = question_.caller.account == question_.resource_account;
    switch (question_.caller.kind) {
      case Caller::kAnonymous:
      case Caller::kService:
      case Caller::kFederated:
        return resource.allow && resource.level == Level::kDirect;
      case Caller::kRoot:
        if (trust_) return false;  // roles may not be assumed by root accounts
        if (same) return true;
        break;
      default:
        break;
    }
    // A federated user has nothing of its own without a session policy.
    const bool own =
        identity.allow &&
        (question_.caller.kind != Caller::kFederatedUser || session_.present);
    if (!same) return resource.allow && own && limits_allow;
    if (resource.allow && resource.level == Level::kDirect) return true;
    if (resource.allow && resource.level == Level::kEntity) return limits_allow;
    if (trust_ && !resource.allow) return false;
    return own && limits_allow;
  }

  Said Asks(const Documents& documents, Kind kind) const {
    return Ask(documents, kind, question_, boundary_.present);
  }

  Documents ReadList(const Json& list, Kind kind) {
    Documents documents;
    const auto add = [&](const Json& policy) {
      valid_ &= IsValid(DocumentOf(policy), kind);
      documents.push_back(&DocumentOf(policy));
    };
    if (list.IsArray()) {
      for (const Json& policy : list.GetArray()) add(policy);
    } else {
      add(list);
    }
    return documents;
  }

  const Json* Find(const char* name) const {
    if (policies_ == nullptr || !policies_->HasMember(name) ||
        (*policies_)[name].IsNull()) {
      return nullptr;
    }
    return &(*policies_)[name];
  }

  Given Read(const char* name, Kind kind) {
    const Json* const list = Find(name);
    if (list == nullptr) return {};
    return {true, {ReadList(*list, kind)}};
  }

  Given ReadLevels(const char* name, Kind kind) {
    const Json* const levels = Find(name);
    if (levels == nullptr) return {};
    Given given = {true, {}};
    for (const Json& level : levels->GetArray()) {
      given.levels.push_back(ReadList(level, kind));
    }
    return given;
  }

  const Question question_;
  const bool trust_;
  const Json* const policies_;
  Given identity_, boundary_, session_, resource_, scps_, rcps_;
  bool valid_ = true;
};

// "%7B" -> "{".  A `%` without two digits stays, and is no JSON.
std::string PercentDecoded(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::string digits = text.substr(i + 1, text[i] == '%' ? 2 : 0);
    if (digits.size() == 2 && std::isxdigit(digits[0]) != 0 &&
        std::isxdigit(digits[1]) != 0) {
      out += static_cast<char>(std::stoi(digits, nullptr, 16));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

// Puts the documents that stand as text in their places as JSON; what is none
// becomes null, which is no document.
void ReadTexts(Json& json, rapidjson::Document::AllocatorType& allocator) {
  if (json.IsArray()) {
    for (Json& each : json.GetArray()) ReadTexts(each, allocator);
  }
  if (!json.IsObject()) return;
  for (auto& member : json.GetObject()) {
    if (member.name != "document" || !member.value.IsString()) {
      ReadTexts(member.value, allocator);
      continue;
    }
    const std::string text = member.value.GetString();
    rapidjson::Document document(&allocator);
    document.Parse<rapidjson::kParseNumbersAsStringsFlag>(text.c_str());
    if (document.HasParseError()) {
      document.Parse<rapidjson::kParseNumbersAsStringsFlag>(
          PercentDecoded(text).c_str());
    }
    if (document.HasParseError()) document.SetNull();
    member.value = static_cast<Json&>(document);
  }
}

}  // namespace

std::string Decide(const Json& question) {
  rapidjson::Document read;
  read.CopyFrom(question, read.GetAllocator());
  if (read.HasMember("policies")) {
    ReadTexts(read["policies"], read.GetAllocator());
  }
  return Case(read).Decide();
}

}  // namespace rolegate_oracle
