// What a command says when it fails: what happened, as whom it called, and what
// to do.

#include <algorithm>
#include <cctype>
#include <iostream>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/cli/client_commands.h"
#include "client/cli/connection_probe.h"
#include "client/cli/exit_code.h"
#include "client/cli/sealed_message.h"
#include "client/cli/token_text.h"
#include "service/base/redact.h"

namespace rolegate::cli {
namespace {

// How much of a sealed reason is shown, to tell two of them apart.
constexpr std::size_t kShownOfSealed = 24;
constexpr absl::Duration kMaxProbe = absl::Seconds(2);

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

void Say(absl::string_view text) {
  std::cerr << "rolegate: " << service::Redact(text) << "\n";
}

// A word of a shell.
std::string Quoted(const std::string& word) {
  const bool plain = std::all_of(word.begin(), word.end(), [](char each) {
    return std::isalnum(static_cast<unsigned char>(each)) != 0 ||
           absl::StrContains("_-./:@=,", each);
  });
  return plain ? word : absl::StrCat("'", word, "'");
}

std::string NameOf(const absl::Status& status) {
  const std::string reason = ErrorReason(status);
  return reason.empty() ? absl::StatusCodeToString(status.code()) : reason;
}

}  // namespace

int Fail(const absl::Status& status) {
  const std::string reason = ErrorReason(status);
  Say(absl::StrCat(NameOf(status), ": ", status.message()));
  if (reason == "AccessDenied") return kDenied;
  // Without a reason the fault was found here, in what was given.
  return reason.empty() && absl::IsInvalidArgument(status) ? kUsage : kFailed;
}

int ServerFlags::Fail(const absl::Status& status) const {
  const std::string reason = ErrorReason(status);
  const bool unanswered = reason.empty() && (absl::IsUnavailable(status) ||
                                             absl::IsDeadlineExceeded(status));
  if (unanswered) {
    const std::string found =
        ProbeConnection(address_, options, options.plaintext.value_or(false),
                        std::min(options.deadline, kMaxProbe));
    Say(absl::StrCat(NameOf(status), ": ",
                     found.empty() ? status.message() : found));
    if (!server_from_.empty()) {
      Say(absl::StrCat("the server's address is that of ", server_from_));
    }
    return kFailed;
  }
  const int exit_code = cli::Fail(status);
  if (!called_as_.empty() && IsAboutTheCaller(reason)) {
    Say(absl::StrCat("called the server ", called_as_));
  }
  AdviseOnToken(reason);
  if (const std::string sealed = EncodedMessage(status); !sealed.empty()) {
    OfferSealed(sealed);
  }
  return exit_code;
}

void ServerFlags::AdviseOnToken(absl::string_view reason) const {
  if (reason != "ExpiredToken" && reason != "InvalidClientTokenId") return;
  if (!IsSession(options.session_token)) return;
  if (reason == "InvalidClientTokenId") {
    Say("a server without `session.keys_dir` forgets its sessions when it "
        "restarts");
  }
  Say(token_is_exported_
          ? "assume the role again: `unset ROLEGATE_SESSION_TOKEN`, and then "
            "`rolegate assume-role`"
          : "assume the role again by `rolegate assume-role`");
}

void ServerFlags::OfferSealed(const std::string& sealed) const {
  const std::string file = KeepSealedMessage(sealed);
  if (file.empty()) {
    // Nothing else holds it.
    std::cerr << "rolegate: " << kSealedLabel << sealed << "\n";
  } else {
    std::cerr << "rolegate: " << kSealedLabel
              << sealed.substr(0, kShownOfSealed) << "… (" << sealed.size()
              << " characters)\n";
  }
  std::string command = "rolegate decode-authorization-message";
  if (!server_option_->empty()) {
    absl::StrAppend(&command, " --server ", Quoted(options.server));
  }
  if (!profile_option_->empty()) {
    absl::StrAppend(&command, " --profile ", Quoted(profile));
  }
  absl::StrAppend(&command, " --encoded-message ",
                  file.empty() ? "-" : Quoted(absl::StrCat("file://", file)));
  std::cerr << "rolegate: it holds the reason, for administrators: `" << command
            << "`\n";
}

}  // namespace rolegate::cli
