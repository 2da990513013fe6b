// The cost of each kind of work in steps.  The weights stand nowhere else.
//
// A step is about a nanosecond of work on the machine that docs/performance.md
// names; tests/engine/step_time.cc measures every weight there.  Each weight is
// the worst that its work takes, rounded up: a budget bounds time only if
// nothing is cheaper in steps than it is in nanoseconds.

#ifndef ROLEGATE_ENGINE_TEXT_STEP_COSTS_H_
#define ROLEGATE_ENGINE_TEXT_STEP_COSTS_H_

#include <cstddef>
#include <cstdint>

namespace rolegate::step_costs {

// Bytes that are compared or searched sixteen at a time.
constexpr std::uint64_t Bytes(std::size_t size) { return size / 16; }

// Reading one part of a pattern and setting out to compare it.
inline constexpr std::uint64_t kPart = 4;

// A candidate of a search that has to be compared.
inline constexpr std::uint64_t kCandidate = 4;

// A condition, or a variable, which looks its key up: as in the largest context
// that a request may bring, for it must not matter in which of several tables
// the caller put its keys.
inline constexpr std::uint64_t kLookUp = 128;

// A place of the text at which a part of a pattern may begin.
inline constexpr std::uint64_t kPlace = 2;

// A byte of the text in a search that never goes back, and a byte of the
// literal that is prepared for it.
inline constexpr std::uint64_t kSearchByte = 1;
inline constexpr std::uint64_t kPrepareByte = 6;

// Filling a table with the characters of up to 64 parts, and what a position
// of the text then costs for all of these parts together.
inline constexpr std::uint64_t kBitTable = 100;
inline constexpr std::uint64_t kBitPosition = 5;

// A byte that is compared after folding its case.
inline constexpr std::uint64_t kFoldedByte = 5;

// A byte of a request's value that is read as a number or base64, and one of
// base64 that is compared; and all that reading a truth value, a date or an
// address takes, which are short or not read to their end.
inline constexpr std::uint64_t kParsedByte = 1;
inline constexpr std::uint64_t kParsed = 64;

// Setting out to look at a statement, at an action pattern (and comparing it,
// which is short, if it has no wildcard), at one of many values, at a
// principal.
inline constexpr std::uint64_t kStatement = 8;
inline constexpr std::uint64_t kValue = 5;
inline constexpr std::uint64_t kAction = 8;
inline constexpr std::uint64_t kPrincipal = 4;

// Making a short text of its own, for an explanation, and a statement that an
// answer names, with its place.
inline constexpr std::uint64_t kText = 200;
inline constexpr std::uint64_t kNamedStatement = 600;

// A byte of a text that is made for an answer: it is put together, copied into
// the message, checked as UTF-8, and written.
inline constexpr std::uint64_t kTextByte = 2;

// A node of a statement index.
inline constexpr std::uint64_t kIndexNode = 6;

}  // namespace rolegate::step_costs

#endif  // ROLEGATE_ENGINE_TEXT_STEP_COSTS_H_
