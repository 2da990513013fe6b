#include "client/cli/client_commands.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>
#include <sstream>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "client/cli/exit_code.h"
#include "rapidjson/document.h"
#include "service/base/redact.h"

namespace rolegate::cli {
namespace {

constexpr char kVariable[] = "ROLEGATE_SESSION_TOKEN";
constexpr char kSessionTokenType[] = "rolegate-session+jwt";

absl::StatusOr<std::string> ReadTokenFile(const std::string& path) {
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in) {
    return absl::InvalidArgumentError(
        absl::StrCat("cannot read `", path, "`: ", std::strerror(errno)));
  }
  return std::string(absl::StripAsciiWhitespace(text.str()));
}

// Whether the server had something against the caller, and not against what
// was asked.
bool IsAboutTheCaller(absl::string_view reason) {
  for (const absl::string_view each :
       {"AccessDenied", "MissingAuthenticationToken", "InvalidClientTokenId",
        "ExpiredToken"}) {
    if (reason == each) return true;
  }
  return false;
}

}  // namespace

bool IsSession(absl::string_view token) {
  std::string header;
  if (!absl::WebSafeBase64Unescape(token.substr(0, token.find('.')), &header)) {
    return false;
  }
  rapidjson::Document json;
  json.Parse(header.data(), header.size());
  if (json.HasParseError() || !json.IsObject()) return false;
  const auto type = json.FindMember("typ");
  return type != json.MemberEnd() && type->value.IsString() &&
         absl::EqualsIgnoreCase(type->value.GetString(), kSessionTokenType);
}

void ServerFlags::AddTo(CLI::App* command, ExportedSession use) {
  exported = use;
  command
      ->add_option("--server", options.server,
                   "`HOST:PORT` or `unix:/path`; else ROLEGATE_SERVER, else "
                   "127.0.0.1:8470")
      ->type_name("ADDR")
      ->envname("ROLEGATE_SERVER")
      ->group(kCommonFlags);
  session_token_option =
      command
          ->add_option(
              "--session-token", options.session_token,
              exported == ExportedSession::kCalls
                  ? "The session that calls; else "
                    "ROLEGATE_SESSION_TOKEN"
                  : "A token that calls; the command ignores a session "
                    "in ROLEGATE_SESSION_TOKEN, because no session may "
                    "administer")
          ->type_name("TOKEN")
          ->group(kCommonFlags);
  CLI::Option* const token_file =
      command
          ->add_option("--session-token-file", session_token_file,
                       "A file with that token, which keeps it out of process "
                       "lists")
          ->type_name("FILE")
          ->group(kCommonFlags);
  command
      ->add_flag("--no-session", no_session,
                 "Ignore ROLEGATE_SESSION_TOKEN: --principal calls, or the "
                 "caller that the connection proves")
      ->excludes(session_token_option)
      ->excludes(token_file)
      ->group(kCommonFlags);
  command
      ->add_option("--principal", options.principal,
                   "Who calls, where the server lets callers say so: a user's "
                   "ARN or `service:NAME`")
      ->type_name("PRINCIPAL")
      ->group(kCommonFlags);
  command
      ->add_option("--tls-ca", options.tls_ca,
                   "Certificates in PEM that the server's must come from")
      ->type_name("FILE")
      ->group(kCommonFlags);
  command
      ->add_option("--tls-cert", options.tls_cert,
                   "The caller's certificate in PEM, for mTLS")
      ->type_name("FILE")
      ->group(kCommonFlags);
  command
      ->add_option("--tls-key", options.tls_key,
                   "Its private key in PEM, for mTLS")
      ->type_name("FILE")
      ->group(kCommonFlags);
  command->add_option("--timeout", timeout, "Seconds; default 5")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.001, 86400.0))
      ->group(kCommonFlags);
  command->add_option("-o,--output", output, "`text` or `json`")
      ->check(CLI::IsMember({"text", "json"}))
      ->group(kCommonFlags);
}

absl::Status ServerFlags::FindCaller() {
  found_caller_ = true;
  if (!session_token_file.empty()) {
    if (!options.session_token.empty()) {
      return absl::InvalidArgumentError(
          "expected one of --session-token and --session-token-file, found "
          "both");
    }
    absl::StatusOr<std::string> token = ReadTokenFile(session_token_file);
    if (!token.ok()) return token.status();
    options.session_token = *std::move(token);
    called_as_ = "with the token of --session-token-file";
  } else if (!options.session_token.empty()) {
    called_as_ = "with the token of --session-token";
  }
  if (!options.session_token.empty()) return absl::OkStatus();
  // An empty session must not become a call under another name.
  if (!session_token_file.empty() || !session_token_option->empty()) {
    return absl::InvalidArgumentError(
        "the session token is empty: give a token, or leave the flag out");
  }
  const char* const variable = std::getenv(kVariable);
  const absl::string_view token = variable == nullptr ? "" : variable;
  const bool stays_out =
      exported == ExportedSession::kStaysOut && IsSession(token);
  // A flag that names the caller beats the environment.
  if (!token.empty() && !no_session && options.principal.empty() &&
      !stays_out) {
    options.session_token = std::string(token);
    called_as_ = absl::StrCat("with the token of ", kVariable,
                              "; --no-session ignores it");
    return absl::OkStatus();
  }
  called_as_ = options.principal.empty()
                   ? "as the caller that the connection proves: a Unix socket "
                     "or a client certificate (--tls-cert) proves one, and "
                     "--principal names one where the server allows it"
                   : absl::StrCat("as `", options.principal, "`");
  if (stays_out && options.principal.empty() && !no_session) {
    absl::StrAppend(&called_as_, ", without the session of ", kVariable,
                    ", because no session may administer");
  }
  return absl::OkStatus();
}

std::string ServerFlags::TakeSession() {
  called_as_ =
      options.principal.empty()
          ? "as the caller that the connection proves, about the session, "
            "because no session may ask for an explanation itself"
          : absl::StrCat("as `", options.principal, "`, about the session");
  return std::exchange(options.session_token, "");
}

absl::StatusOr<Client> ServerFlags::Connect() {
  if (!found_caller_) {
    if (absl::Status status = FindCaller(); !status.ok()) return status;
  }
  options.deadline = absl::Seconds(timeout);
  return Client::Connect(options);
}

int ServerFlags::Fail(const absl::Status& status) const {
  const int exit_code = cli::Fail(status);
  if (!called_as_.empty() && IsAboutTheCaller(ErrorReason(status))) {
    std::cerr << "rolegate: called the server " << called_as_ << "\n";
  }
  return exit_code;
}

absl::StatusOr<std::string> TextOrFile(const std::string& argument) {
  absl::string_view path = argument;
  if (!absl::ConsumePrefix(&path, "file://")) return argument;
  std::ifstream in{std::string(path)};
  std::ostringstream text;
  text << in.rdbuf();
  if (!in) {
    return absl::InvalidArgumentError(
        absl::StrCat("cannot read `", path, "`: ", std::strerror(errno)));
  }
  return text.str();
}

int Fail(const absl::Status& status) {
  const std::string reason = ErrorReason(status);
  std::cerr << "rolegate: "
            << (reason.empty() ? absl::StatusCodeToString(status.code())
                               : reason)
            << ": " << service::Redact(status.message()) << "\n";
  if (const std::string sealed = EncodedMessage(status); !sealed.empty()) {
    std::cerr << "rolegate: Encoded authorization failure message: " << sealed
              << "\n";
  }
  if (reason == "AccessDenied") return kDenied;
  // Without a reason the fault was found here, in what was given.
  return reason.empty() && absl::IsInvalidArgument(status) ? kUsage : kFailed;
}

}  // namespace rolegate::cli
