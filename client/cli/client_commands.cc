#include "client/cli/client_commands.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <sstream>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "client/cli/token_text.h"

namespace rolegate::cli {
namespace {

constexpr char kVariable[] = "ROLEGATE_SESSION_TOKEN";
constexpr double kLeastSeconds = 0.001;
constexpr double kMostSeconds = 86400;

std::string Variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

absl::StatusOr<std::string> ReadTokenFile(const std::string& path) {
  absl::StatusOr<std::string> token = TextOrFile(absl::StrCat("file://", path));
  if (!token.ok()) return token;
  return std::string(absl::StripAsciiWhitespace(*token));
}

// The same error, with what was being done in front of its message.
absl::Status During(absl::string_view what, const absl::Status& status) {
  absl::Status longer(status.code(), absl::StrCat(what, status.message()));
  status.ForEachPayload([&](absl::string_view type, const absl::Cord& payload) {
    longer.SetPayload(type, payload);
  });
  return longer;
}

}  // namespace

void ServerFlags::AddTo(CLI::App* command, ExportedSession use) {
  exported = use;
  AddConnectionTo(command);
  session_token_option_ =
      command
          ->add_option(
              "--session-token", options.session_token,
              exported == ExportedSession::kStaysOut
                  ? "A token that calls; the command ignores a session "
                    "in ROLEGATE_SESSION_TOKEN, because no session may "
                    "administer"
                  : "The session that calls; else "
                    "ROLEGATE_SESSION_TOKEN")
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
                 "Ignore ROLEGATE_SESSION_TOKEN and the profile's role: "
                 "--principal calls, or the caller that the connection proves")
      ->excludes(session_token_option_)
      ->excludes(token_file)
      ->group(kCommonFlags);
}

void ServerFlags::AddConnectionTo(CLI::App* command) {
  const auto add = [&](const char* flag, std::string* value, const char* type,
                       const char* variable, const char* key,
                       const std::string& doc) {
    CLI::Option* const option = command->add_option(flag, *value, doc)
                                    ->type_name(type)
                                    ->group(kCommonFlags);
    settings_.push_back({option, variable, key, value});
    return option;
  };
  server_option_ =
      add("--server", &options.server, "ADDR", "ROLEGATE_SERVER", "server",
          "`HOST:PORT` or `unix:/path`; else ROLEGATE_SERVER, "
          "else 127.0.0.1:8470");
  principal_option_ =
      add("--principal", &options.principal, "PRINCIPAL", nullptr, "principal",
          "Who calls, where the server lets callers say so: a "
          "user's ARN or `service:NAME`");
  add("--tls-ca", &options.tls_ca, "FILE", "ROLEGATE_TLS_CA", "tls_ca",
      "Certificates in PEM that the server's must come from; else "
      "ROLEGATE_TLS_CA");
  add("--tls-cert", &options.tls_cert, "FILE", "ROLEGATE_TLS_CERT", "tls_cert",
      "The caller's certificate in PEM, for mTLS; else ROLEGATE_TLS_CERT");
  add("--tls-key", &options.tls_key, "FILE", "ROLEGATE_TLS_KEY", "tls_key",
      "Its private key in PEM, for mTLS; else ROLEGATE_TLS_KEY");
  profile_option_ =
      command
          ->add_option("--profile", profile,
                       "A profile of ~/.config/rolegate/config; else "
                       "ROLEGATE_PROFILE, else `default`")
          ->type_name("NAME")
          ->group(kCommonFlags);
  timeout_option_ =
      command
          ->add_option("--timeout", timeout, "Seconds for each call; default 5")
          ->type_name("SECONDS")
          ->check(CLI::Range(kLeastSeconds, kMostSeconds))
          ->group(kCommonFlags);
  output_option_ =
      command->add_option("-o,--output", output, "`text` or `json`")
          ->check(CLI::IsMember({"text", "json"}))
          ->group(kCommonFlags);
}

absl::Status ServerFlags::Settle() {
  const bool typed = !profile_option_->empty();
  const std::string name = typed ? profile : Variable("ROLEGATE_PROFILE");
  if (typed && name.empty()) {
    return absl::InvalidArgumentError("--profile: expected a name");
  }
  absl::StatusOr<Profile> read = ReadProfile(name);
  if (!read.ok()) return read.status();
  settings_of_profile_ = *std::move(read);
  for (const Setting& setting : settings_) {
    if (!setting.option->empty()) continue;
    const auto own = settings_of_profile_.values.find(setting.key);
    const bool has = own != settings_of_profile_.values.end();
    const std::string exported_value =
        setting.variable == nullptr ? "" : Variable(setting.variable);
    std::string from;
    if (has && (typed || exported_value.empty())) {
      *setting.value = own->second;
      from = absl::StrCat("profile `", settings_of_profile_.name, "`");
    } else if (!exported_value.empty()) {
      *setting.value = exported_value;
      from = setting.variable;
    }
    if (setting.option == server_option_) server_from_ = from;
  }
  principal_ = options.principal;
  if (absl::Status status = SettleNumbers(); !status.ok()) return status;
  return SettleAddress();
}

absl::Status ServerFlags::SettleNumbers() {
  const auto& values = settings_of_profile_.values;
  if (const auto own = values.find("timeout");
      own != values.end() && timeout_option_->empty()) {
    if (!absl::SimpleAtod(own->second, &timeout) ||
        !(timeout >= kLeastSeconds && timeout <= kMostSeconds)) {
      return absl::InvalidArgumentError(
          absl::StrCat("profile `", settings_of_profile_.name, "`: timeout `",
                       own->second, "`: expected seconds, at most 86400"));
    }
  }
  if (const auto own = values.find("output");
      own != values.end() && output_option_->empty()) {
    if (own->second != "text" && own->second != "json") {
      return absl::InvalidArgumentError(
          absl::StrCat("profile `", settings_of_profile_.name, "`: output `",
                       own->second, "`: expected `text` or `json`"));
    }
    output = own->second;
  }
  options.deadline = absl::Seconds(timeout);
  return absl::OkStatus();
}

absl::Status ServerFlags::SettleAddress() {
  absl::StatusOr<service::ServerAddress> address =
      service::ReadServerAddress(options.server);
  if (!address.ok()) {
    return server_from_.empty()
               ? address.status()
               : During(absl::StrCat(server_from_, ": "), address.status());
  }
  address_ = *std::move(address);
  options.server = address_.target;
  if (!address_.path.empty()) {
    // What is set for servers elsewhere has no meaning on a Unix socket.
    for (const Setting& setting : settings_) {
      if (absl::StartsWith(setting.key, "tls_") && setting.option->empty()) {
        setting.value->clear();
      }
    }
  }
  if (options.tls_cert.empty() != options.tls_key.empty()) {
    return absl::InvalidArgumentError(
        "expected --tls-cert and --tls-key, found one of them");
  }
  options.plaintext = address_.plaintext.value_or(
      address_.local && options.tls_ca.empty() && options.tls_cert.empty());
  return absl::OkStatus();
}

absl::Status ServerFlags::FindCaller() {
  found_caller_ = true;
  if (absl::Status status = Settle(); !status.ok()) return status;
  if (!session_token_file.empty()) {
    if (!options.session_token.empty()) {
      return absl::InvalidArgumentError(
          "expected one of --session-token and --session-token-file, found "
          "both");
    }
    absl::StatusOr<std::string> token = ReadTokenFile(session_token_file);
    if (!token.ok()) return token.status();
    options.session_token = *std::move(token);
    called_as_ = WithToken(options.session_token, "--session-token-file");
  } else if (!options.session_token.empty()) {
    called_as_ = WithToken(options.session_token, "--session-token");
  }
  if (!options.session_token.empty()) {
    if (!names_principal()) options.principal.clear();
    return absl::OkStatus();
  }
  // An empty session must not become a call under another name.
  if (!session_token_file.empty() || !session_token_option_->empty()) {
    return absl::InvalidArgumentError(
        "the session token is empty: give a token, or leave the flag out");
  }
  const std::string token = Variable(kVariable);
  const bool stays_out =
      exported == ExportedSession::kStaysOut && IsSession(token);
  // A flag that names the caller beats the environment.  The environment may
  // have been set long ago, so that the command says which of the two counts.
  if (!token.empty() && !no_session && names_principal() &&
      exported != ExportedSession::kUnneeded) {
    std::cerr << "rolegate: --principal calls; the session of " << kVariable
              << " is not used (--no-session leaves this note out)\n";
  }
  if (!token.empty() && !no_session && !names_principal() &&
      profile_option_->empty() && !stays_out &&
      exported != ExportedSession::kUnneeded) {
    options.session_token = token;
    options.principal.clear();
    token_is_exported_ = true;
    called_as_ =
        WithToken(token, absl::StrCat(kVariable, "; --no-session ignores it"));
    return absl::OkStatus();
  }
  called_as_ = principal_.empty()
                   ? "as the caller that the connection proves: a Unix socket "
                     "or a client certificate (--tls-cert) proves one, and "
                     "--principal names one where the server allows it"
                   : absl::StrCat("as `", principal_, "`");
  if (stays_out && !names_principal() && !no_session) {
    absl::StrAppend(&called_as_, ", without the session of ", kVariable,
                    ", because no session may administer");
  }
  if (no_session || names_principal()) return absl::OkStatus();
  return TakeProfile();
}

absl::Status ServerFlags::TakeProfile() {
  if (exported == ExportedSession::kUnneeded) return absl::OkStatus();
  const auto file = settings_of_profile_.values.find("session_token_file");
  if (file != settings_of_profile_.values.end()) {
    absl::StatusOr<std::string> token = ReadTokenFile(file->second);
    if (!token.ok()) return token.status();
    if (exported != ExportedSession::kStaysOut || !IsSession(*token)) {
      options.session_token = *std::move(token);
      options.principal.clear();
      called_as_ =
          WithToken(options.session_token,
                    absl::StrCat("profile `", settings_of_profile_.name, "`"));
    }
  }
  if (settings_of_profile_.roles.empty()) return absl::OkStatus();
  if (exported == ExportedSession::kStaysOut) {
    absl::StrAppend(&called_as_, ", without the role of profile `",
                    settings_of_profile_.name,
                    "`, because no session may administer");
    return absl::OkStatus();
  }
  return AssumeRoles();
}

absl::Status ServerFlags::AssumeRoles() {
  absl::StatusOr<Client> client = Client::Connect(options);
  if (!client.ok()) return client.status();
  for (const ProfileRole& role : settings_of_profile_.roles) {
    const std::string what =
        absl::StrCat("profile `", role.profile, "` cannot assume its role: ");
    const auto fill = [&](auto* request) {
      request->set_role_arn(role.role_arn);
      request->set_role_session_name(role.session_name);
      if (role.duration_seconds > 0) {
        request->set_duration_seconds(role.duration_seconds);
      }
    };
    std::string token;
    if (role.web_identity_token_file.empty()) {
      v1::AssumeRoleRequest request;
      fill(&request);
      if (!role.external_id.empty()) request.set_external_id(role.external_id);
      const auto session = client->AssumeRole(request);
      if (!session.ok()) return During(what, session.status());
      token = session->credentials().session_token();
    } else {
      v1::AssumeRoleWithWebIdentityRequest request;
      fill(&request);
      absl::StatusOr<std::string> identity =
          ReadTokenFile(role.web_identity_token_file);
      if (!identity.ok()) return During(what, identity.status());
      request.set_web_identity_token(*std::move(identity));
      const auto session = client->AssumeRoleWithWebIdentity(request);
      if (!session.ok()) return During(what, session.status());
      token = session->credentials().session_token();
    }
    client = client->WithSession(token);
    options.session_token = token;
    called_as_ = WithToken(token, absl::StrCat("profile `", role.profile, "`"));
  }
  options.principal.clear();
  return absl::OkStatus();
}

std::string ServerFlags::TakeSession() {
  options.principal = principal_;
  called_as_ =
      principal_.empty()
          ? "as the caller that the connection proves, about the session, "
            "because no session may ask for an explanation itself"
          : absl::StrCat("as `", principal_, "`, about the session");
  return std::exchange(options.session_token, "");
}

absl::StatusOr<Client> ServerFlags::Connect() {
  if (!found_caller_) {
    if (absl::Status status = FindCaller(); !status.ok()) return status;
  }
  return Client::Connect(options);
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

}  // namespace rolegate::cli
