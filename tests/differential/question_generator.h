// Random questions over the whole policy language, as case files have them.

#ifndef ROLEGATE_TESTS_DIFFERENTIAL_QUESTION_GENERATOR_H_
#define ROLEGATE_TESTS_DIFFERENTIAL_QUESTION_GENERATOR_H_

#include <cstddef>
#include <cstdint>
#include <string>

namespace rolegate::testing {

// The same question for the same seed.  Names and values come from small
// pools, so that statements often match, nearly match, or name each other.
std::string GenerateQuestion(std::uint64_t seed);

// The question that these bytes choose, one byte a choice; for fuzzers, which
// learn what choice leads where.
std::string QuestionFromBytes(const std::uint8_t* data, std::size_t size);

}  // namespace rolegate::testing

#endif  // ROLEGATE_TESTS_DIFFERENTIAL_QUESTION_GENERATOR_H_
