// The record of a refusal.  The caller who was refused can carry it to an
// administrator, but cannot read it.

#ifndef ROLEGATE_SERVICE_SESSIONS_ENCODED_MESSAGE_H_
#define ROLEGATE_SERVICE_SESSIONS_ENCODED_MESSAGE_H_

#include <string>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "engine/decide/decision.h"
#include "engine/decide/request_context.h"
#include "engine/sts/result.h"
#include "service/sessions/sealing_keys.h"

namespace rolegate::service {

// How long a record can be opened.
inline constexpr absl::Duration kSealedFor = absl::Hours(24);

// The longest message that AWS's API accepts.
inline constexpr std::size_t kMaxEncodedMessage = 10240;

// Called for each condition key of the request.
using ConditionSink =
    absl::FunctionRef<void(absl::string_view key, const ContextValues&)>;

// The facts about a refusal.  These are views.
struct RefusalRecord {
  absl::Time time;
  absl::string_view decision_id;
  absl::string_view registry_revision;
  absl::string_view caller;         // ARN or name
  absl::string_view principal_arn;  // whom it was decided for
  absl::string_view principal_id;   // its unique id, empty if it has none
  absl::string_view action;         // that was refused
  absl::string_view resource;
  absl::string_view reason;
  const Decision* decision = nullptr;  // null: it did not come to one
  absl::FunctionRef<void(ConditionSink)> conditions;
};

// Returns the record as JSON, in the shape of AWS's DecodeAuthorizationMessage
// with members of our own beside it.  It has at most `max_bytes`.  If it would
// have more, condition keys are left out first, and long names are cut.
std::string RefusalAsJson(const RefusalRecord& record, std::size_t max_bytes);

// How a refusal is padded.  That of an AssumeRole always has one size, so that
// the size tells nothing.  That of an Authorize, whose answer tells as much,
// grows by steps.
enum class RefusalSize { kFixed, kSteps };

// Returns the text for `encoded_message`.  `issuer` must be the same to open
// it.
std::string SealRefusal(const RefusalRecord& record, RefusalSize size,
                        const SealingKeys& keys, absl::string_view issuer);

// Returns the JSON, or InvalidAuthorizationMessageException with the same words
// whatever is wrong with the message.  Only a message that was good before is
// told that its time is over.
[[nodiscard]] Result<std::string> OpenRefusal(absl::string_view message,
                                              const SealingKeys& keys,
                                              absl::string_view issuer,
                                              absl::Time now);

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_SESSIONS_ENCODED_MESSAGE_H_
